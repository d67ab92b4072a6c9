import Channels
import Foundation
import Testing

/// Mail that nobody on this project wrote; see `cases/README.md` beside the checkout.
enum EmailCases {
  /// Files below `cases/email`, by their paths there.
  static func files(_ folder: String, _ suffixes: [String]) throws -> [(path: String, bytes: [UInt8])] {
    let root = URL(fileURLWithPath: Cases.root + "/email/\(folder)")
    let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
    let files = paths.filter { path in suffixes.contains { path.hasSuffix($0) } }.sorted()
    guard !files.isEmpty else { throw Cases.Missing(folder: root.path) }
    return try files.map { ($0, Array(try Data(contentsOf: root.appending(path: $0)))) }
  }

  static func file(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: Cases.root + "/email/\(path)")))
  }

  static func items(_ mail: String) -> [InboundItem] {
    (try? EmailChannel().parse(Array(mail.utf8), sender: nil)) ?? []
  }

  static func items(file path: String) throws -> [InboundItem] {
    try EmailChannel().parse(try file(path), sender: nil)
  }

  static func message(file path: String) throws -> InboundMessage {
    try #require(try items(file: path).compactMap(\.message).first)
  }

  static func messages(_ mail: String) -> [InboundMessage] { items(mail).compactMap(\.message) }
}

extension InboundItem {
  var message: InboundMessage? {
    if case .message(let message) = self { message } else { nil }
  }
}
