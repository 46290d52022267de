#pragma once

#include <node_api.h>

namespace trunkline::binding {

/** encodeG711(law, Int16Array): Uint8Array, decodeG711(law, Uint8Array): Int16Array; law is 'PCMU' or 'PCMA'. */
void export_g711(napi_env env, napi_value exports);

}  // namespace trunkline::binding
