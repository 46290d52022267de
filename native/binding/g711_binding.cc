#include "g711_binding.h"

#include "../codec/g711.h"
#include "arguments.h"

namespace trunkline::binding {
namespace {

codec::G711Law law_of(const Arguments& arguments) {
  return arguments.text(0) == "PCMA" ? codec::G711Law::a : codec::G711Law::mu;
}

template <typename Element>
napi_value new_array(napi_env env, napi_typedarray_type type, size_t length, std::span<Element>& elements) {
  void* data = nullptr;
  napi_value buffer;
  napi_value array;
  if (napi_create_arraybuffer(env, length * sizeof(Element), &data, &buffer) != napi_ok) return nullptr;
  if (napi_create_typedarray(env, type, length, buffer, 0, &array) != napi_ok) return nullptr;
  elements = {static_cast<Element*>(data), length};
  return array;
}

napi_value encode(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  const auto samples = arguments.samples(1);
  std::span<uint8_t> codes;
  const napi_value array = new_array(env, napi_uint8_array, samples.size(), codes);
  codec::encode_g711(law_of(arguments), samples, codes);
  return array;
}

napi_value decode(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  const auto codes = arguments.bytes(1);
  std::span<int16_t> samples;
  const napi_value array = new_array(env, napi_int16_array, codes.size(), samples);
  codec::decode_g711(law_of(arguments), codes, samples);
  return array;
}

}  // namespace

void export_g711(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
      {"encodeG711", nullptr, encode, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"decodeG711", nullptr, decode, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, std::size(functions), functions);
}

}  // namespace trunkline::binding
