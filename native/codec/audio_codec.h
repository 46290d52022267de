#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace trunkline::codec {

enum class CodecId : uint8_t { pcmu, pcma, g722, opus, l16 };

/** A codec as agreed. The RTP clock is not always that of the audio: G.722 has 8000 (RFC 3551), Opus 48000 (RFC 7587).
 */
struct CodecSpec {
  CodecId id = CodecId::pcmu;
  /** Of the audio that goes in and comes out. */
  int sample_rate_hz = 8000;
  /** Of the RTP timestamps. */
  int clock_rate_hz = 8000;

  bool operator==(const CodecSpec&) const = default;
};

/** One direction of one stream. Not thread-safe; allocates only in its factory. */
class AudioDecoder {
 public:
  virtual ~AudioDecoder() = default;

  virtual int sample_rate_hz() const = 0;
  /** Samples that the payload would give; 0 when it cannot be decoded. */
  virtual size_t duration_samples(std::span<const uint8_t> payload) const = 0;
  /** Returns the samples written, at most `pcm.size()`; 0 for garbage. */
  virtual size_t decode(std::span<const uint8_t> payload, std::span<int16_t> pcm) = 0;
  /**
   * The codec's own concealment of `pcm.size()` lost samples; `next` is the packet behind the gap where it is known.
   * False: it has none.
   */
  virtual bool conceal(std::span<int16_t> pcm, std::span<const uint8_t> next) {
    (void)pcm;
    (void)next;
    return false;
  }
  /** A new stream begins. */
  virtual void reset() {}
};

class AudioEncoder {
 public:
  virtual ~AudioEncoder() = default;

  /** One packet of 10 to 60 ms. Returns the bytes written, at most `payload.size()`. */
  virtual size_t encode(std::span<const int16_t> pcm, std::span<uint8_t> payload) = 0;
  virtual void reset() {}
};

/** Null for a codec that is not built in. */
std::unique_ptr<AudioDecoder> make_decoder(const CodecSpec& spec);
std::unique_ptr<AudioEncoder> make_encoder(const CodecSpec& spec);

}  // namespace trunkline::codec
