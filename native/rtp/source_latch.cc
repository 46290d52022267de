#include "source_latch.h"

namespace trunkline::rtp {

void SourceLatch::connect(const Endpoint& signalled, int64_t now_ns) {
  if (signalled == signalled_) return;
  signalled_ = signalled;
  source_.reset();
  candidate_.reset();
  learning_until_ns_ = now_ns + kLearningNs;
}

SourceLatch::Verdict SourceLatch::judge(const Endpoint& source, uint32_t ssrc, uint16_t sequence_number,
                                        int64_t now_ns) {
  if (source_ && source == *source_) return Verdict::accepted;
  if (source_) {
    const bool takes_over = source == signalled_ && now_ns < learning_until_ns_;
    return takes_over ? latch(source) : Verdict::refused;
  }
  if (source.same_address(signalled_)) return latch(source);
  return proven(source, ssrc, sequence_number) ? latch(source) : Verdict::refused;
}

SourceLatch::Verdict SourceLatch::latch(const Endpoint& source) {
  source_ = source;
  candidate_.reset();
  return Verdict::newly_latched;
}

bool SourceLatch::proven(const Endpoint& stranger, uint32_t ssrc, uint16_t sequence_number) {
  const bool goes_on = candidate_ && candidate_->source == stranger && candidate_->ssrc == ssrc &&
                       candidate_->next_sequence == sequence_number;
  const int packets = goes_on ? candidate_->packets + 1 : 1;
  candidate_ = Candidate{stranger, ssrc, static_cast<uint16_t>(sequence_number + 1), packets};
  return packets >= kStrangerPackets;
}

}  // namespace trunkline::rtp
