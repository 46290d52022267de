#include "connection.h"

#include <utility>

#include "../codec/rate_converting_codec.h"

namespace trunkline::engine {

std::unique_ptr<Connection> Connection::make(const RtpRemote& remote, int sample_rate_hz) {
  const int rate_hz = sample_rate_hz == 0 ? remote.codec.sample_rate_hz : sample_rate_hz;
  auto connection = std::make_unique<Connection>();
  connection->remote = remote;
  connection->decoder = codec::make_decoder_at(rate_hz, remote.codec);
  connection->encoder = codec::make_encoder_at(rate_hz, remote.codec);
  if (!connection->decoder || !connection->encoder) return nullptr;
  if (remote.srtp) {
    connection->srtp = SrtpSession::make(*remote.srtp);
    if (!connection->srtp) return nullptr;
  }
  return connection;
}

void Connection::go_on_from(Connection& former) {
  if (former.remote.codec != remote.codec) return;
  std::swap(decoder, former.decoder);
  std::swap(encoder, former.encoder);
}

}  // namespace trunkline::engine
