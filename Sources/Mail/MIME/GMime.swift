import CGMime

/// GMime's calls in terms of Swift's values. Objects are owned by who asked for them.
enum GMime {
  /// Headers of no declared charset are tried as these. Made once and never changed.
  nonisolated(unsafe) static let options: OpaquePointer? = {
    g_mime_init()
    return fallback(to: ["utf-8", "windows-1252"])
  }()

  /// Options that read eight-bit text as the first of the charsets that it fits best.
  static func fallback(to charsets: [String]) -> OpaquePointer? {
    let options = g_mime_parser_options_new()
    let names = charsets.map { g_strdup($0) }
    defer { names.forEach { g_free($0) } }
    var list = names.map { UnsafePointer<CChar>($0) } + [nil]
    // The library copies the names.
    g_mime_parser_options_set_fallback_charsets(options, &list)
    return options
  }

  static func parser(_ bytes: ArraySlice<UInt8>) -> UnsafeMutablePointer<GMimeParser>? {
    _ = options
    let stream = bytes.withUnsafeBytes {
      g_mime_stream_mem_new_with_buffer($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
    defer { g_object_unref(stream) }
    let parser = g_mime_parser_new_with_stream(stream)
    g_mime_parser_set_persist_stream(parser, 1)
    return parser
  }

  /// nil when empty. What is no UTF-8 is replaced.
  static func text(_ pointer: UnsafePointer<CChar>?) -> String? {
    guard let pointer, pointer.pointee != 0 else { return nil }
    return String(cString: pointer)
  }

  static func headers(of message: UnsafeMutablePointer<GMimeMessage>) -> [(name: String, value: String)] {
    let list = g_mime_object_get_header_list(cgmime_object(message))
    return (0..<g_mime_header_list_get_count(list)).compactMap { index in
      let header = g_mime_header_list_get_header_at(list, index)
      guard let name = text(g_mime_header_get_name(header)) else { return nil }
      let value = text(g_mime_header_get_value(header)) ?? ""
      return (name.lowercased(), value.trimmingBlanks)
    }
  }

  static func addresses(_ message: UnsafeMutablePointer<GMimeMessage>, _ type: GMimeAddressType)
    -> [MailAddress]
  {
    addresses(g_mime_message_get_addresses(message, type), depth: 0)
  }

  /// The members of groups stand for the group.
  private static func addresses(
    _ list: UnsafeMutablePointer<InternetAddressList>?, depth: Int
  ) -> [MailAddress] {
    guard let list, depth < 3 else { return [] }
    return (0..<internet_address_list_length(list)).flatMap { index -> [MailAddress] in
      let address = internet_address_list_get_address(list, index)
      if let group = cgmime_group(address) {
        return addresses(internet_address_group_get_members(group), depth: depth + 1)
      }
      guard let mailbox = cgmime_mailbox(address),
        let place = text(internet_address_mailbox_get_addr(mailbox))
      else { return [] }
      return [MailAddress(name: text(internet_address_get_name(address))?.trimmingBlanks, address: place)]
    }
  }

  static func references(_ value: String?) -> [String] {
    guard let value, let list = g_mime_references_parse(options, value) else { return [] }
    defer { g_mime_references_free(list) }
    return (0..<g_mime_references_length(list)).compactMap {
      text(g_mime_references_get_message_id(list, $0))
    }
  }

  /// Without the transfer encoding.
  static func decoded(_ data: UnsafeMutablePointer<GMimeDataWrapper>) -> [UInt8] {
    let encoding = g_mime_data_wrapper_get_encoding(data)
    var count = 0
    // Uuencoded text begins somewhere in a part, which the library's own filter looks for.
    guard encoding != GMIME_CONTENT_ENCODING_UUENCODE,
      let bytes = cgmime_memory_bytes(g_mime_data_wrapper_get_stream(data), &count)
    else { return collect { _ = g_mime_data_wrapper_write_to_stream(data, $0) } }
    // At once from where they lie in the message; and what is broken as far as the library can read it.
    if encoding == GMIME_CONTENT_ENCODING_BASE64 {
      let text = UnsafeRawBufferPointer(start: bytes, count: count)
      if let decoded = text.withMemoryRebound(to: UInt8.self, Base64Lines.decoded) { return decoded }
    }
    var decoder = GMimeEncoding()
    g_mime_encoding_init_decode(&decoder, encoding)
    return Array(unsafeUninitializedCapacity: g_mime_encoding_outlen(&decoder, count)) { decoded, length in
      decoded.withMemoryRebound(to: CChar.self) {
        length = g_mime_encoding_step(&decoder, bytes, count, $0.baseAddress)
      }
    }
  }

  /// Calls `write` with a stream and gives back what it was given.
  static func collect(_ write: (UnsafeMutablePointer<GMimeStream>?) -> Void) -> [UInt8] {
    let stream = g_mime_stream_mem_new()
    defer { g_object_unref(stream) }
    write(stream)
    guard let array = g_mime_stream_mem_get_byte_array(cgmime_memory(stream)), let start = array.pointee.data
    else { return [] }
    return Array(UnsafeBufferPointer(start: start, count: Int(array.pointee.len)))
  }
}

extension String {
  var trimmingBlanks: String {
    // Nearly always there is nothing to take off, which two bytes tell.
    if let first = utf8.first, let last = utf8.last, first.isGraphic, last.isGraphic { return self }
    let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? startIndex
    return String(self[..<end].drop(while: \.isWhitespace))
  }
}

extension UInt8 {
  /// A character of ASCII that is seen.
  fileprivate var isGraphic: Bool { (0x21...0x7E).contains(self) }
}
