import CPostgres

extension PostgresConnection {
  /// `COPY … TO STDOUT (FORMAT binary)`: hands over one tuple after the other, without header and trailer, as `copyIn`
  /// takes them. The bytes are valid during the call.
  package func copyOut(_ statement: String, _ take: (UnsafeRawBufferPointer) throws -> Void) throws {
    try executeNow()
    let begun = PQexec(handle, statement)
    defer { PQclear(begun) }
    guard PQresultStatus(begun) == PGRES_COPY_OUT else { throw error(of: begun) }
    // Signature, flags and the length of an extension that there is not (documentation of COPY, "Binary Format").
    var header = 19
    while true {
      var buffer: UnsafeMutablePointer<CChar>?
      let length = Int(PQgetCopyData(handle, &buffer, 0))
      defer { PQfreemem(buffer) }
      guard length >= 0 else {
        if length == -1 { break }
        throw error(of: nil)
      }
      let tuple = UnsafeRawBufferPointer(start: buffer, count: length).dropFirst(header)
      header = 0
      // The trailer is a count of fields below zero.
      if tuple.isEmpty || tuple.count == 2 && tuple.allSatisfy({ $0 == 0xFF }) { continue }
      try take(UnsafeRawBufferPointer(rebasing: tuple))
    }
    _ = try check(PQgetResult(handle))
    while let extra = PQgetResult(handle) { PQclear(extra) }
  }
}
