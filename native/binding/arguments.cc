#include "arguments.h"

namespace trunkline::binding {
namespace {

bool is_present(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  return value != nullptr && napi_typeof(env, value, &type) == napi_ok && type != napi_undefined && type != napi_null;
}

double to_number(napi_env env, napi_value value) {
  double number = 0;
  if (value != nullptr) napi_get_value_double(env, value, &number);
  return number;
}

bool to_boolean(napi_env env, napi_value value) {
  bool boolean = false;
  if (value != nullptr) napi_get_value_bool(env, value, &boolean);
  return boolean;
}

/** At most 4,095 bytes. */
std::string to_text(napi_env env, napi_value value) {
  std::array<char, 4096> text;
  size_t length = 0;
  if (value == nullptr || napi_get_value_string_utf8(env, value, text.data(), text.size(), &length) != napi_ok)
    return {};
  return {text.data(), length};
}

}  // namespace

Arguments::Arguments(napi_env env, napi_callback_info info) : env_(env) {
  size_t count = kMost;
  napi_get_cb_info(env, info, &count, values_.data(), &self_, nullptr);
}

bool Arguments::present(size_t index) const { return is_present(env_, values_[index]); }
double Arguments::number(size_t index) const { return to_number(env_, values_[index]); }
bool Arguments::boolean(size_t index) const { return to_boolean(env_, values_[index]); }
std::string Arguments::text(size_t index) const { return to_text(env_, values_[index]); }

std::span<const int16_t> Arguments::samples(size_t index) const {
  return elements<const int16_t>(env_, values_[index], napi_int16_array);
}

std::span<const uint8_t> Arguments::bytes(size_t index) const {
  return elements<const uint8_t>(env_, values_[index], napi_uint8_array);
}

bool Properties::present(const char* name) const { return is_present(env_, value(name)); }
double Properties::number(const char* name) const { return to_number(env_, value(name)); }
bool Properties::boolean(const char* name) const { return to_boolean(env_, value(name)); }
std::string Properties::text(const char* name) const { return to_text(env_, value(name)); }

std::span<const uint8_t> Properties::bytes(const char* name) const {
  return elements<const uint8_t>(env_, value(name), napi_uint8_array);
}

napi_value Properties::value(const char* name) const {
  napi_value value = nullptr;
  if (object_ == nullptr || napi_get_named_property(env_, object_, name, &value) != napi_ok) return nullptr;
  return value;
}

}  // namespace trunkline::binding
