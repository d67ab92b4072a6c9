import CSimdjson

/// Puts into words, and a place, what simdjson refused.
enum ParseFailure {
  /// - Parameter skipped: bytes of the text before `body`, which offsets count from.
  static func error(
    _ status: csimdjson_status,
    body: UnsafeBufferPointer<UInt8>,
    skipped: Int,
    maximumDepth: Int
  ) -> JSONError {
    if status == CSIMDJSON_TOO_LARGE {
      return JSONError(.tooLarge, message: "no memory for a document of \(body.count) bytes")
    }
    // simdjson names the fault that it happens to meet first; the first in the text says more.
    var scan = TextScan(body, maximumDepth: maximumDepth)
    let found = scan.firstFault()
    let valid = validPrefix(body)
    if valid < body.count, valid <= found?.offset ?? body.count {
      return JSONError(.notUTF8, offset: valid + skipped, message: "bytes that are not utf-8")
    }
    guard let (fault, offset) = found else {
      return JSONError(.malformed, message: "a text that is not json")
    }
    switch fault {
    case .tooDeep:
      return JSONError(
        .tooDeep,
        offset: offset + skipped,
        message: "more than \(maximumDepth) nested containers"
      )
    case .numberTooLarge:
      return JSONError(.malformed, offset: offset + skipped, message: "a number past the greatest double")
    case .unexpected:
      let message =
        offset < body.count ? "unexpected byte 0x\(String(body[offset], radix: 16))" : "the text ends early"
      return JSONError(.malformed, offset: offset + skipped, message: message)
    }
  }

  /// Bytes up to the first that is not part of a well-formed UTF-8 sequence.
  private static func validPrefix(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var count = 0
    while case .valid(let scalar) = parser.parseScalar(from: &iterator) { count += scalar.count }
    return count
  }
}
