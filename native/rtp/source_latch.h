#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "endpoint.h"

namespace trunkline::rtp {

/**
 * Symmetric RTP (RFC 4961) without RTP bleed: answers go to where the peer's audio comes from, and one source is heard.
 *
 * How far a source is believed: the signalled address and port most, then another port of the signalled host (its
 * NAT chose it), then the signalled port of another host, then any. The first two are believed at once. A stranger must
 * first send a stream at the pace of speech, and is listened to only in the first three seconds after a connect; one
 * that sprays all ports gets nothing back. During those seconds a source that is believed more takes over; then the
 * lock holds until the next connect. A source that proves that it has the key (SRTP) needs nothing else.
 */
class SourceLatch {
 public:
  static constexpr int64_t kLearningNs = 3'000'000'000;
  static constexpr int kStrangerPackets = 3;
  /** A stranger's packets come at least this far apart from first to last, and at most that far one from the other. */
  static constexpr int64_t kProofNs = 30'000'000;
  static constexpr int64_t kLongestPauseNs = 500'000'000;
  /** A peer that moved is not confused with what its former place still sends. */
  static constexpr int64_t kShunNs = 1'000'000'000;

  enum class Verdict { accepted, newly_latched, refused };

  /** Learning begins (again). What is heard stays unless the peer was signalled elsewhere. */
  void connect(const Endpoint& signalled, int64_t now_ns, bool strict = false);
  /** Not to be mistaken for the peer until then: what the last call on these ports heard. */
  void shun(const Endpoint& former, int64_t until_ns);

  Verdict judge(const Endpoint& source, uint32_t ssrc, uint16_t sequence_number, int64_t now_ns);
  /** For a packet whose tag is right. One that is accepted but not latched onto is heard, and answers go elsewhere. */
  Verdict judge_authenticated(const Endpoint& source, int64_t now_ns);

  /** Where packets go: the source, or until there is one the signalled address. */
  const Endpoint& destination() const { return source_ ? *source_ : signalled_; }
  const std::optional<Endpoint>& source() const { return source_; }

 private:
  enum class Belief { stranger, same_port, same_host, signalled };

  struct Candidate {
    Endpoint source;
    uint32_t ssrc = 0;
    uint16_t next_sequence = 0;
    int packets = 0;
    int64_t first_ns = 0;
    int64_t last_ns = 0;
  };

  Belief belief_in(const Endpoint& source) const;
  bool learning(int64_t now_ns) const { return now_ns < learning_until_ns_; }
  bool silent(int64_t now_ns) const { return now_ns - heard_ns_ >= kLongestPauseNs; }
  bool may_latch(const Endpoint& source, Belief belief, int64_t now_ns) const;
  Verdict latch(const Endpoint& source, int64_t now_ns);
  bool proven(const Endpoint& stranger, uint32_t ssrc, uint16_t sequence_number, int64_t now_ns);
  Candidate& candidate(const Endpoint& stranger);

  Endpoint signalled_;
  bool strict_ = false;
  std::optional<Endpoint> source_;
  /** The last packet of `source_`. */
  int64_t heard_ns_ = 0;
  int64_t learning_until_ns_ = 0;
  std::optional<Endpoint> shunned_;
  int64_t shunned_until_ns_ = 0;
  /** One a host: a host that sprays does not keep a peer behind a NAT from being known. */
  std::array<Candidate, 4> candidates_;
};

}  // namespace trunkline::rtp
