#pragma once

#include <node_api.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace trunkline::binding {

/** The properties of an object argument, with the same leniency. */
class Properties {
 public:
  Properties(napi_env env, napi_value object) : env_(env), object_(object) {}

  bool present(const char* name) const;
  double number(const char* name) const;
  uint32_t u32(const char* name) const { return static_cast<uint32_t>(number(name)); }
  uint16_t u16(const char* name) const { return static_cast<uint16_t>(number(name)); }
  bool boolean(const char* name) const;
  std::string text(const char* name) const;
  std::span<const uint8_t> bytes(const char* name) const;
  Properties object(const char* name) const { return {env_, value(name)}; }

 private:
  napi_value value(const char* name) const;

  napi_env env_;
  napi_value object_;
};

/**
 * The arguments of one call from JavaScript. The TypeScript driver has checked them; whatever is still wrong (a
 * detached buffer, a missing argument) reads as zero, empty or false.
 */
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info);

  napi_value self() const { return self_; }
  napi_value value(size_t index) const { return values_[index]; }
  bool present(size_t index) const;
  double number(size_t index) const;
  uint32_t u32(size_t index) const { return static_cast<uint32_t>(number(index)); }
  uint16_t u16(size_t index) const { return static_cast<uint16_t>(number(index)); }
  bool boolean(size_t index) const;
  std::string text(size_t index) const;
  std::span<const int16_t> samples(size_t index) const;
  std::span<const uint8_t> bytes(size_t index) const;
  Properties object(size_t index) const { return {env_, values_[index]}; }

 private:
  static constexpr size_t kMost = 12;

  napi_env env_;
  napi_value self_ = nullptr;
  std::array<napi_value, kMost> values_{};
};

/** Elements of a typed array of the given type; empty for anything else and for a detached one. */
template <typename Element>
std::span<Element> elements(napi_env env, napi_value value, napi_typedarray_type expected) {
  bool typed = false;
  if (value == nullptr || napi_is_typedarray(env, value, &typed) != napi_ok || !typed) return {};
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok) return {};
  if (type != expected || data == nullptr) return {};
  return {static_cast<Element*>(data), length};
}

}  // namespace trunkline::binding
