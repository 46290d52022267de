#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace trunkline::rtp {

/** Of a comfort noise payload (RFC 3389 section 3). */
struct NoiseDescription {
  /** Coefficients beyond these are left out (section 3: "the decoder may reduce the model order"). */
  static constexpr size_t kMostOrder = 12;

  /** 0 to -127; 0 is a square wave of full scale. */
  int level_dbov = -127;
  size_t order = 0;
  std::array<float, kMostOrder> reflection{};
};

/** Nothing of an empty payload. */
std::optional<NoiseDescription> parse_comfort_noise(std::span<const uint8_t> payload);

/**
 * The noise of a line while its sender is silent: as the sender describes it (RFC 3389) or, where it just stops, white
 * and as loud as the quietest that was heard of late. Levels glide. Allocates nothing.
 */
class ComfortNoise {
 public:
  explicit ComfortNoise(int sample_rate_hz);

  /** Returns false for an empty payload. */
  bool handle_payload(std::span<const uint8_t> payload);
  /** What is heard while the sender speaks: follows the level of its background, no louder than -35 dBFS. */
  void listen(std::span<const int16_t> samples);
  /** From here on the background that was heard, not what the sender described. */
  void use_background();
  void generate(std::span<int16_t> samples);
  /** A spell of noise begins: from silence. */
  void begin() { gain_ = 0; }
  /** RMS of what was heard between words. */
  float background() const { return background_; }

 private:
  float random();

  float glide_;
  NoiseDescription description_;
  std::array<float, NoiseDescription::kMostOrder + 1> state_{};
  float target_ = 0;
  float gain_ = 0;
  float background_ = 0;
  bool heard_ = false;
  uint32_t seed_ = 1;
};

}  // namespace trunkline::rtp
