#include "connection.h"

namespace trunkline::engine {

std::unique_ptr<Connection> Connection::make(const RtpRemote& remote) {
  auto connection = std::make_unique<Connection>();
  connection->remote = remote;
  connection->decoder = codec::make_decoder(remote.codec);
  connection->encoder = codec::make_encoder(remote.codec);
  if (!connection->decoder || !connection->encoder) return nullptr;
  if (remote.srtp) {
    connection->srtp = SrtpSession::make(*remote.srtp);
    if (!connection->srtp) return nullptr;
  }
  return connection;
}

}  // namespace trunkline::engine
