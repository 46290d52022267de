#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace trunkline::dsp {

/** ITU-T Q.23: a key is a low frequency, its row, and a high one, its column. */
inline constexpr size_t kDtmfRows = 4;
inline constexpr size_t kDtmfColumns = 4;
inline constexpr std::array<float, kDtmfRows + kDtmfColumns> kDtmfHz{697, 770, 852, 941, 1209, 1336, 1477, 1633};
/** Row by row. */
inline constexpr std::string_view kDtmfKeys = "123A456B789C*0#D";

}  // namespace trunkline::dsp
