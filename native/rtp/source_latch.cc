#include "source_latch.h"

#include <algorithm>

namespace trunkline::rtp {

void SourceLatch::connect(const Endpoint& signalled, int64_t now_ns, bool strict) {
  if (signalled != signalled_) {
    if (source_) shun(*source_, now_ns + kShunNs);
    source_.reset();
  }
  signalled_ = signalled;
  strict_ = strict;
  if (strict_ && source_ != signalled_) source_.reset();
  candidates_ = {};
  learning_until_ns_ = now_ns + kLearningNs;
}

void SourceLatch::shun(const Endpoint& former, int64_t until_ns) {
  shunned_ = former;
  shunned_until_ns_ = until_ns;
}

SourceLatch::Verdict SourceLatch::judge(const Endpoint& source, uint32_t ssrc, uint16_t sequence_number,
                                        int64_t now_ns) {
  if (source_ == source) {
    heard_ns_ = now_ns;
    return Verdict::accepted;
  }
  const Belief belief = belief_in(source);
  if (!may_latch(source, belief, now_ns)) return Verdict::refused;
  const bool known = belief == Belief::signalled || (belief == Belief::same_host && !source_);
  return known || proven(source, ssrc, sequence_number, now_ns) ? latch(source, now_ns) : Verdict::refused;
}

/** After the lock a peer whose NAT gave it another port is followed once its old one is silent. */
SourceLatch::Verdict SourceLatch::judge_authenticated(const Endpoint& source, int64_t now_ns) {
  const Belief belief = belief_in(source);
  if (strict_ && belief != Belief::signalled) return Verdict::refused;
  if (source_ == source) {
    heard_ns_ = now_ns;
    return Verdict::accepted;
  }
  const bool better = source_ && learning(now_ns) && belief > belief_in(*source_);
  return !source_ || better || silent(now_ns) ? latch(source, now_ns) : Verdict::accepted;
}

SourceLatch::Belief SourceLatch::belief_in(const Endpoint& source) const {
  if (source == signalled_) return Belief::signalled;
  if (source.same_address(signalled_)) return Belief::same_host;
  return source.port() == signalled_.port() ? Belief::same_port : Belief::stranger;
}

bool SourceLatch::may_latch(const Endpoint& source, Belief belief, int64_t now_ns) const {
  if (strict_ && belief != Belief::signalled) return false;
  if (belief != Belief::signalled && shunned_ == source && now_ns < shunned_until_ns_) return false;
  // The signalled host may be late; nobody else may.
  if (!source_) return belief >= Belief::same_host || learning(now_ns);
  const Belief present = belief_in(*source_);
  return learning(now_ns) && (belief > present || (belief == present && silent(now_ns)));
}

SourceLatch::Verdict SourceLatch::latch(const Endpoint& source, int64_t now_ns) {
  source_ = source;
  heard_ns_ = now_ns;
  candidates_ = {};
  return Verdict::newly_latched;
}

bool SourceLatch::proven(const Endpoint& stranger, uint32_t ssrc, uint16_t sequence_number, int64_t now_ns) {
  Candidate& it = candidate(stranger);
  const bool goes_on = it.packets > 0 && it.source == stranger && it.ssrc == ssrc &&
                       it.next_sequence == sequence_number && now_ns - it.last_ns <= kLongestPauseNs;
  if (!goes_on) it = {.source = stranger, .ssrc = ssrc, .first_ns = now_ns};
  it.next_sequence = static_cast<uint16_t>(sequence_number + 1);
  it.last_ns = now_ns;
  ++it.packets;
  return it.packets >= kStrangerPackets && now_ns - it.first_ns >= kProofNs;
}

/** That of its host, or of the one that has come the least far. */
SourceLatch::Candidate& SourceLatch::candidate(const Endpoint& stranger) {
  const auto own = std::ranges::find_if(
      candidates_, [&](const Candidate& each) { return each.packets > 0 && each.source.same_address(stranger); });
  return own != candidates_.end() ? *own : *std::ranges::min_element(candidates_, {}, &Candidate::packets);
}

}  // namespace trunkline::rtp
