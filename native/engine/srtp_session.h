#pragma once

#include <memory>
#include <optional>
#include <span>

#include "../rtp/srtp_receiver.h"
#include "../rtp/srtp_sender.h"

namespace trunkline::engine {

/** What a=crypto of both sides agreed on (RFC 4568): a master key and salt for each direction. */
struct SrtpAgreement {
  SrtpAgreement() = default;
  /** Keys of another length than the suite's are left empty: nothing can be made of them. */
  SrtpAgreement(rtp::SrtpSuite suite, std::span<const uint8_t> send_master, std::span<const uint8_t> receive_master);
  SrtpAgreement(const SrtpAgreement&) = default;
  SrtpAgreement& operator=(const SrtpAgreement&) = default;
  ~SrtpAgreement();

  std::span<const uint8_t> send_master() const { return std::span(send).first(master_bytes); }
  std::span<const uint8_t> receive_master() const { return std::span(receive).first(master_bytes); }

  rtp::SrtpSuite suite = rtp::SrtpSuite::aes_cm_128_hmac_sha1_80;
  size_t master_bytes = 0;
  std::array<uint8_t, rtp::kSrtpLongestMasterBytes> send{};
  std::array<uint8_t, rtp::kSrtpLongestMasterBytes> receive{};
};

/** Both directions of an agreement at work. */
struct SrtpSession {
  /** Null when the keys do not fit the suite. Control thread. */
  static std::unique_ptr<SrtpSession> make(const SrtpAgreement& agreement);

  /**
   * A re-INVITE takes the place of `before`: what has the same key goes on counting where it was, for an index must not
   * be used twice. True: our key is new and the peer cannot know our rollover counter, so the stream needs a new SSRC.
   */
  bool succeed(SrtpSession& before, const SrtpAgreement& agreement);

  std::unique_ptr<rtp::SrtpSender> sender;
  std::unique_ptr<rtp::SrtpReceiver> receiver;
};

}  // namespace trunkline::engine
