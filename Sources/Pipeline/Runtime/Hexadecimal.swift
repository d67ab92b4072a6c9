import Knowledge

/// nil unless `text` is an even number of hexadecimal digits.
func bytes(ofHexadecimal text: String) -> [UInt8]? { text.hexadecimalBytes }
