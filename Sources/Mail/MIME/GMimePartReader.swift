import CGMime

/// Turns GMime's objects into values, counting them.
struct GMimePartReader {
  let limits: MIMELimits
  private var parts = 0
  private var leaves = 0

  init(limits: MIMELimits) { self.limits = limits }

  mutating func part(_ object: UnsafeMutablePointer<GMimeObject>, depth: Int) throws(MIMEError) -> MIMEPart {
    parts += 1
    guard parts <= limits.parts else {
      throw MIMEError(code: .tooManyParts, message: "more than \(limits.parts) parts")
    }
    let content = try content(object, depth: depth)
    let number = leaves
    if case .parts = content {} else { leaves += 1 }
    let type = g_mime_object_get_content_type(object)
    let mediaType = g_mime_content_type_get_mime_type(type)
    defer { g_free(mediaType) }
    let file = cgmime_part(object).flatMap { GMime.text(g_mime_part_get_filename($0)) }
    return MIMEPart(
      number: number,
      mediaType: GMime.text(mediaType)?.lowercased() ?? "application/octet-stream",
      charset: GMime.text(g_mime_object_get_content_type_parameter(object, "charset"))?.lowercased(),
      reportType: GMime.text(g_mime_object_get_content_type_parameter(object, "report-type"))?.lowercased(),
      isAttachment: GMime.text(g_mime_object_get_disposition(object))?.lowercased() == "attachment",
      name: file ?? GMime.text(g_mime_object_get_content_type_parameter(object, "name")),
      contentID: GMime.text(g_mime_object_get_content_id(object)),
      content: content
    )
  }

  private mutating func content(
    _ object: UnsafeMutablePointer<GMimeObject>, depth: Int
  ) throws(MIMEError) -> MIMEPart.Content {
    if let multipart = cgmime_multipart(object), depth < limits.depth {
      var parts: [MIMEPart] = []
      for index in 0..<g_mime_multipart_get_count(multipart) {
        guard let child = g_mime_multipart_get_part(multipart, index) else { continue }
        parts.append(try part(child, depth: depth + 1))
      }
      return .parts(parts)
    }
    if let holder = cgmime_message_part(object), let message = g_mime_message_part_get_message(holder) {
      return .message(GMime.collect { _ = g_mime_object_write_to_stream(cgmime_object(message), nil, $0) })
    }
    guard let leaf = cgmime_part(object) else {
      return .bytes(GMime.collect { _ = g_mime_object_write_content_to_stream(object, nil, $0) })
    }
    guard let data = g_mime_part_get_content(leaf) else { return .bytes([]) }
    return .bytes(GMime.decoded(data))
  }
}
