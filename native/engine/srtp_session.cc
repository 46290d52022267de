#include "srtp_session.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

namespace trunkline::engine {

SrtpAgreement::SrtpAgreement(rtp::SrtpSuite suite, std::span<const uint8_t> send_master,
                             std::span<const uint8_t> receive_master)
    : suite(suite) {
  const size_t wanted = rtp::sizes_of(suite).master_bytes();
  if (send_master.size() != wanted || receive_master.size() != wanted) return;
  master_bytes = wanted;
  std::ranges::copy(send_master, send.begin());
  std::ranges::copy(receive_master, receive.begin());
}

SrtpAgreement::~SrtpAgreement() {
  OPENSSL_cleanse(send.data(), send.size());
  OPENSSL_cleanse(receive.data(), receive.size());
}

std::unique_ptr<SrtpSession> SrtpSession::make(const SrtpAgreement& agreement) {
  auto session = std::make_unique<SrtpSession>();
  session->sender = rtp::SrtpSender::create(agreement.suite, agreement.send_master());
  session->receiver = rtp::SrtpReceiver::create(agreement.suite, agreement.receive_master());
  if (!session->sender || !session->receiver) return nullptr;
  return session;
}

bool SrtpSession::succeed(SrtpSession& before, const SrtpAgreement& agreement) {
  if (before.receiver->has_key(agreement.suite, agreement.receive_master())) {
    std::swap(receiver, before.receiver);
  } else {
    receiver->succeed(*before.receiver);
  }
  if (!before.sender->has_key(agreement.suite, agreement.send_master())) return before.sender->rollover_counter() > 0;
  std::swap(sender, before.sender);
  return false;
}

}  // namespace trunkline::engine
