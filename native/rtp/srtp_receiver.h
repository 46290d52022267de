#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "replay_window.h"
#include "srtp_transform.h"

namespace trunkline::rtp {

/**
 * Opens what a peer protects (RFC 3711, RFC 7714). Nothing is learned from a packet before its tag was found right: not
 * its SSRC, not its rollover, not that it came. Made on the control thread; packets allocate nothing. Sans-IO.
 */
class SrtpReceiver {
 public:
  enum class Verdict { genuine, malformed, forged, replayed };

  struct Opened {
    Verdict verdict = Verdict::malformed;
    /** Of the RTP or RTCP that is now at the beginning of the datagram; 0 unless genuine. */
    size_t length = 0;
  };

  /** Streams of one peer that are followed at a time; a further one takes the place of the one silent for longest. */
  static constexpr size_t kStreams = 16;

  /** `master` is key then salt. Null when its length is wrong. */
  static std::unique_ptr<SrtpReceiver> create(SrtpSuite suite, std::span<const uint8_t> master);
  ~SrtpReceiver();

  /** Decrypts in place. What was not genuine is garbage afterwards. */
  Opened unprotect_rtp(std::span<uint8_t> datagram);
  Opened unprotect_rtcp(std::span<uint8_t> datagram);

  /** The peer has a new key: its streams may go on with the rollover counters they had (RFC 3711 section 3.3.1). */
  void succeed(const SrtpReceiver& before);
  bool has_key(SrtpSuite suite, std::span<const uint8_t> master) const;

 private:
  struct Stream {
    uint32_t ssrc = 0;
    /** When it was heard last, in packets; 0 = free. */
    uint64_t heard = 0;
    bool rtp_known = false;
    ReplayWindow rtp;
    ReplayWindow rtcp;
  };
  struct Former {
    uint32_t ssrc = 0;
    uint64_t highest = 0;
  };
  /** What the index of a packet may be, the most likely first. */
  struct Guesses {
    void add(uint64_t index) { indices[count++] = index; }
    std::span<const uint64_t> all() const { return std::span(indices).first(count); }

    std::array<uint64_t, 3> indices{};
    size_t count = 0;
    /** It is a repetition unless it is ahead by a whole round of sequence numbers. */
    bool behind = false;
  };

  SrtpReceiver(SrtpSuite suite, std::span<const uint8_t> master);

  Stream* find(uint32_t ssrc);
  Stream& claim(uint32_t ssrc);
  Guesses guess(const Stream* stream, uint32_t ssrc, uint16_t sequence_number) const;
  std::optional<uint64_t> open_with(std::span<const uint64_t> indices, SrtpParts parts, std::span<const uint8_t> tag);

  const SrtpSuite suite_;
  std::array<uint8_t, kSrtpLongestMasterBytes> master_{};
  std::unique_ptr<SrtpTransform> rtp_;
  std::unique_ptr<SrtpTransform> rtcp_;
  std::array<Stream, kStreams> streams_;
  std::array<Former, kStreams> former_;
  size_t formers_ = 0;
  uint64_t packets_ = 0;
};

}  // namespace trunkline::rtp
