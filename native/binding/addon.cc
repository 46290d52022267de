#include <node_api.h>

#include "g711_binding.h"
#include "media_engine_binding.h"

NAPI_MODULE_INIT() {
  trunkline::binding::MediaEngineBinding::export_class(env, exports);
  trunkline::binding::export_g711(env, exports);
  return exports;
}
