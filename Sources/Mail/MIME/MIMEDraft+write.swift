import CGMime
import FoundationEssentials

extension MIMEDraft {
  /// The message with lines that end in CRLF. The same draft gives the same bytes.
  package func serialized() -> [UInt8] {
    _ = GMime.options
    let message = g_mime_message_new(1)
    defer { g_object_unref(message) }
    g_mime_message_add_mailbox(
      message, GMIME_ADDRESS_TYPE_FROM, from.name?.singleLine, from.address.singleLine)
    g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, to.name?.singleLine, to.address.singleLine)
    g_mime_message_set_subject(message, subject.singleLine, "utf-8")
    g_mime_message_set_message_id(message, messageID.singleLine)
    let time = g_date_time_new_from_unix_utc(Int(date.timeIntervalSince1970))
    g_mime_message_set_date(message, time)
    g_date_time_unref(time)
    if let inReplyTo { set("In-Reply-To", "<\(inReplyTo)>", of: message) }
    if !references.isEmpty {
      set("References", references.map { "<\($0)>" }.joined(separator: " "), of: message)
    }
    for field in fields { set(field.name, field.value, of: message) }

    let body = body()
    defer { g_object_unref(body) }
    g_mime_message_set_mime_part(message, body)
    let format = g_mime_format_options_new()
    defer { g_mime_format_options_free(format) }
    g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS)
    return GMime.collect { _ = g_mime_object_write_to_stream(cgmime_object(message), format, $0) }
  }

  private func set(_ name: String, _ value: String, of message: UnsafeMutablePointer<GMimeMessage>?) {
    g_mime_object_set_header(cgmime_object(message), name, value.singleLine, nil)
  }

  private func body() -> UnsafeMutablePointer<GMimeObject>? {
    let alternatives = multipart("alternative", [part(text, subtype: "plain"), part(html, subtype: "html")])
    guard !attachments.isEmpty else { return alternatives }
    return multipart("mixed", [alternatives] + attachments.map(part))
  }

  /// Takes over the parts.
  private func multipart(
    _ subtype: String, _ parts: [UnsafeMutablePointer<GMimeObject>?]
  ) -> UnsafeMutablePointer<GMimeObject>? {
    let multipart = g_mime_multipart_new_with_subtype(subtype)
    // Neither in quoted-printable nor in base64 can a line begin with "--=_".
    g_mime_multipart_set_boundary(
      multipart, "=_\(subtype)_\(messageID.filter { $0.isASCII && $0.isHexDigit })".prefixed(70))
    for part in parts {
      g_mime_multipart_add(multipart, part)
      g_object_unref(part)
    }
    return cgmime_object(multipart)
  }

  private func part(_ text: String, subtype: String) -> UnsafeMutablePointer<GMimeObject>? {
    let part = g_mime_part_new_with_type("text", subtype)
    g_mime_object_set_content_type_parameter(cgmime_object(part), "charset", "utf-8")
    fill(part, Array(text.utf8), encoding: GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE)
    return cgmime_object(part)
  }

  private func part(_ attachment: Attachment) -> UnsafeMutablePointer<GMimeObject>? {
    let type = attachment.mediaType.singleLine.split(separator: "/", maxSplits: 1).map(String.init)
    let isType =
      type.count == 2 && !type.joined().contains { $0.isWhitespace || !$0.isASCII || "\";,=<>".contains($0) }
    let part = g_mime_part_new_with_type(isType ? type[0] : "application", isType ? type[1] : "octet-stream")
    fill(part, attachment.bytes, encoding: GMIME_CONTENT_ENCODING_BASE64)
    g_mime_object_set_disposition(cgmime_object(part), "attachment")
    if let name = attachment.name { g_mime_part_set_filename(part, name.singleLine) }
    return cgmime_object(part)
  }

  private func fill(
    _ part: UnsafeMutablePointer<GMimePart>?, _ bytes: [UInt8], encoding: GMimeContentEncoding
  ) {
    let stream = bytes.withUnsafeBytes {
      g_mime_stream_mem_new_with_buffer($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
    defer { g_object_unref(stream) }
    let data = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT)
    defer { g_object_unref(data) }
    g_mime_part_set_content(part, data)
    g_mime_part_set_content_encoding(part, encoding)
  }
}

extension String {
  /// With a blank for each line break or other control character: nothing of a value can become another
  /// field.
  fileprivate var singleLine: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map {
          $0.properties.generalCategory == .control || $0 == "\u{2028}" || $0 == "\u{2029}" ? " " : $0
        }))
  }

  fileprivate func prefixed(_ count: Int) -> String { String(prefix(count)) }
}
