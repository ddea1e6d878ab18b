// SPDX-License-Identifier: Apache-2.0
// IP addresses: which of them lie inside. Pure functions, thread-safe.
#pragma once
#include <string>
#include <string_view>

namespace minsheng::http {

// True for an IPv4 or IPv6 literal without brackets, port or zone.
bool IsAddress(std::string_view text);

// True for 127.0.0.0/8, ::1 and their IPv4-mapped forms.
bool IsLoopbackAddress(std::string_view text);

// True for every address that is not a public unicast one: loopback, RFC 1918, link-local, CGNAT
// (RFC 6598), ULA (RFC 4193), benchmarking, multicast, reserved, unspecified; also when such an IPv4
// address is wrapped in IPv6 (mapped, compatible, NAT64, 6to4) and all of Teredo. Ranges: IANA
// special-purpose address registries. True as well for text that is not an address.
bool IsPrivateAddress(std::string_view text);

}  // namespace minsheng::http
