import FoundationEssentials
import Glibc

/// Base64 in lines, as mails have it: most of a mail with files is that.
enum Base64Lines {
  /// - Returns: nil for what is not whole, or holds anything else.
  static func decoded(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    let joined = joined(text)
    // Foundation takes `aG=s` and `====`, too.
    let padding = joined.suffix(4).drop { $0 != equals }
    guard padding.count <= 2, padding.allSatisfy({ $0 == equals }) else { return nil }
    return Data(base64Encoded: joined).map { Array($0) }
  }

  private static let equals = UInt8(ascii: "=")

  /// Without the ends of lines.
  private static func joined(_ text: UnsafeBufferPointer<UInt8>) -> Data {
    guard let base = text.baseAddress else { return Data() }
    var joined = Data(capacity: text.count)
    var start = 0
    while start < text.count {
      let feed = memchr(base + start, Int32(UInt8(ascii: "\n")), text.count - start)
      let next = feed.map { UnsafeRawPointer($0) - UnsafeRawPointer(base) + 1 } ?? text.count
      var end = feed == nil ? next : next - 1
      if end > start, text[end - 1] == UInt8(ascii: "\r") { end -= 1 }
      joined.append(base + start, count: end - start)
      start = next
    }
    return joined
  }
}
