import CGMime
import FoundationEssentials

extension MIMEMessage {
  /// Reads a message, however broken: what is malformed is taken as far as it can be read.
  package init(parsing bytes: [UInt8], limits: MIMELimits = MIMELimits()) throws(MIMEError) {
    guard bytes.count <= limits.bytes else {
      throw MIMEError(code: .tooLarge, message: "\(bytes.count) bytes, at most \(limits.bytes)")
    }
    // What handed it over may have put blanks or empty lines before it.
    let bytes = bytes.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
    try MIMEOutline(bytes).check(limits)
    let parser = GMime.parser(bytes)
    defer { g_object_unref(parser) }
    guard let message = g_mime_parser_construct_message(parser, GMime.options) else {
      throw MIMEError(code: .notMail, message: "\(bytes.count) bytes without a header")
    }
    defer { g_object_unref(message) }

    headers = GMime.headers(of: message)
    guard !headers.isEmpty else {
      throw MIMEError(code: .notMail, message: "\(bytes.count) bytes without a header field")
    }
    from = GMime.addresses(message, GMIME_ADDRESS_TYPE_FROM)
    replyTo = GMime.addresses(message, GMIME_ADDRESS_TYPE_REPLY_TO)
    to = GMime.addresses(message, GMIME_ADDRESS_TYPE_TO)
    cc = GMime.addresses(message, GMIME_ADDRESS_TYPE_CC)
    messageID = GMime.text(g_mime_message_get_message_id(message))
    subject = GMime.text(g_mime_message_get_subject(message))
    date = g_mime_message_get_date(message).map {
      Date(timeIntervalSince1970: TimeInterval(g_date_time_to_unix($0)))
    }
    let headers = headers
    inReplyTo = GMime.references(headers.first { $0.name == "in-reply-to" }?.value)
    references = GMime.references(headers.first { $0.name == "references" }?.value)
    var reader = GMimePartReader(limits: limits)
    body = try g_mime_message_get_mime_part(message).map { part throws(MIMEError) in
      try reader.part(part, depth: 1)
    }
  }
}
