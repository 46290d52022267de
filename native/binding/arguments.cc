#include "arguments.h"

namespace trunkline::binding {

Arguments::Arguments(napi_env env, napi_callback_info info) : env_(env) {
  size_t count = kMost;
  napi_get_cb_info(env, info, &count, values_.data(), &self_, nullptr);
}

bool Arguments::present(size_t index) const {
  napi_valuetype type = napi_undefined;
  return napi_typeof(env_, values_[index], &type) == napi_ok && type != napi_undefined && type != napi_null;
}

double Arguments::number(size_t index) const {
  double number = 0;
  napi_get_value_double(env_, values_[index], &number);
  return number;
}

bool Arguments::boolean(size_t index) const {
  bool boolean = false;
  napi_get_value_bool(env_, values_[index], &boolean);
  return boolean;
}

std::string Arguments::text(size_t index) const {
  std::array<char, 256> text;
  size_t length = 0;
  napi_get_value_string_utf8(env_, values_[index], text.data(), text.size(), &length);
  return {text.data(), length};
}

std::span<const int16_t> Arguments::samples(size_t index) const {
  return elements<const int16_t>(env_, values_[index], napi_int16_array);
}

std::span<const uint8_t> Arguments::bytes(size_t index) const {
  return elements<const uint8_t>(env_, values_[index], napi_uint8_array);
}

}  // namespace trunkline::binding
