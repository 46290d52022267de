#pragma once

#include <cstdint>
#include <optional>

#include "endpoint.h"

namespace trunkline::rtp {

/**
 * Symmetric RTP (RFC 4961) without RTP bleed: answers go to where the peer's audio comes from, and only one source is
 * ever heard. The signalled address and any port of its host are believed at once. Another host must send
 * three packets in a row of one stream while the signalled one is silent: one spraying all ports gets nothing back.
 * During the first three seconds the signalled address itself takes over from whoever came before it.
 */
class SourceLatch {
 public:
  static constexpr int kStrangerPackets = 3;
  static constexpr int64_t kLearningNs = 3'000'000'000;

  enum class Verdict { accepted, newly_latched, refused };

  /** Begins to learn, unless the peer stays where it was signalled before. */
  void connect(const Endpoint& signalled, int64_t now_ns);
  Verdict judge(const Endpoint& source, uint32_t ssrc, uint16_t sequence_number, int64_t now_ns);

  /** Where packets go: the source, or until there is one the signalled address. */
  const Endpoint& destination() const { return source_ ? *source_ : signalled_; }
  const std::optional<Endpoint>& source() const { return source_; }

 private:
  Verdict latch(const Endpoint& source);
  bool proven(const Endpoint& stranger, uint32_t ssrc, uint16_t sequence_number);

  struct Candidate {
    Endpoint source;
    uint32_t ssrc;
    uint16_t next_sequence;
    int packets;
  };

  Endpoint signalled_;
  std::optional<Endpoint> source_;
  std::optional<Candidate> candidate_;
  int64_t learning_until_ns_ = 0;
};

}  // namespace trunkline::rtp
