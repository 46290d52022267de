#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "srtp_transform.h"

namespace trunkline::rtp {

/**
 * Protects what we send (RFC 3711, RFC 7714): RTP of one stream and the RTCP beside it. No index is used twice under
 * one key. Made on the control thread; packets allocate nothing. Sans-IO.
 */
class SrtpSender {
 public:
  /** `master` is key then salt. Null when its length is wrong. */
  static std::unique_ptr<SrtpSender> create(SrtpSuite suite, std::span<const uint8_t> master);
  ~SrtpSender();

  /**
   * The first `length` bytes of `buffer` become SRTP; there is room for `kSrtpOverheadBytes` behind them. Returns the
   * new length; 0 when it must not be sent: not RTP, not behind the last packet, or the key is used up.
   */
  size_t protect_rtp(std::span<uint8_t> buffer, size_t length);
  /** The same for a compound packet, with room for `kSrtcpOverheadBytes`. */
  size_t protect_rtcp(std::span<uint8_t> buffer, size_t length);

  bool has_key(SrtpSuite suite, std::span<const uint8_t> master) const;
  /** RFC 3711 section 3.3.1. A peer that hears of a new key may count from 0 or go on: a new SSRC leaves no doubt. */
  uint32_t rollover_counter() const { return static_cast<uint32_t>(index_.value_or(0) >> 16); }

 private:
  SrtpSender(SrtpSuite suite, std::span<const uint8_t> master);

  std::optional<uint64_t> next_index(uint32_t ssrc, uint16_t sequence_number) const;

  const SrtpSuite suite_;
  std::array<uint8_t, kSrtpLongestMasterBytes> master_{};
  std::unique_ptr<SrtpTransform> rtp_;
  std::unique_ptr<SrtpTransform> rtcp_;
  uint32_t ssrc_ = 0;
  /** Of the last packet. */
  std::optional<uint64_t> index_;
  uint32_t rtcp_index_ = 0;
};

}  // namespace trunkline::rtp
