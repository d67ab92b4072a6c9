import Channels
import Contracts
import Foundation
import Keyring

/// An address at which a provider gets a file that is sent, where it takes files in no other way.
///
/// It says all that is needed to serve it, signed under the key that the file is sealed under: nothing is kept of it,
/// it ends with its time, and whoever is erased takes it along.
package struct FileLink: Sendable, Equatable {
  /// Providers fetch a file while they answer the call that names it, and some look again soon after.
  package static let lifetime: TimeInterval = 3_600

  package let key: KeyID
  package let blob: [UInt8]
  package let mediaType: String
  /// In seconds since 1970.
  package let until: Int

  init(_ file: OutgoingFile, until: Date) {
    key = file.key.id
    blob = file.blob
    mediaType = file.mediaType
    self.until = Int(until.timeIntervalSince1970)
  }

  private var claim: String {
    "\(key)~\(hexadecimal(blob))~\(until)~"
      + String(decoding: Base64URL.encode(Array(mediaType.utf8)), as: UTF8.self)
  }

  private func signature(_ key: SealingKey) -> String { key.hmac("file link \(claim)") }

  /// The last part of the address, of letters that need no escape.
  func text(signedWith key: SealingKey) -> String { "\(claim)~\(signature(key))" }

  /// What a link says and with what it is signed; nil for what is none.
  package static func read(_ text: String) -> (link: FileLink, signature: String)? {
    guard text.utf8.count <= 1_024 else { return nil }
    let parts = text.split(separator: "~", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 5, let id = UUID(uuidString: parts[0]), let blob = parts[1].hexadecimalBytes,
      let until = Int(parts[2]), let type = Base64URL.decode(Array(parts[3].utf8)),
      let mediaType = String(validating: type, as: UTF8.self)
    else { return nil }
    return (FileLink(key: KeyID(id), blob: blob, mediaType: mediaType, until: until), parts[4])
  }

  private init(key: KeyID, blob: [UInt8], mediaType: String, until: Int) {
    self.key = key
    self.blob = blob
    self.mediaType = mediaType
    self.until = until
  }

  /// Compared in constant time.
  package func isSigned(_ signature: String, with key: SealingKey) -> Bool {
    ConstantTime.isEqual(signature, self.signature(key))
  }
}

/// Where links lead.
package struct FileLinks: Sendable {
  private let base: String

  /// nil where providers cannot call: they ask for `https`.
  /// - Parameter publicURL: of this engine.
  package init?(publicURL: String) {
    guard publicURL.hasPrefix("https://") else { return nil }
    base = publicURL.hasSuffix("/") ? String(publicURL.dropLast()) : publicURL
  }

  func url(of file: OutgoingFile, at now: Date) -> String {
    let link = FileLink(file, until: now.addingTimeInterval(FileLink.lifetime))
    return "\(base)/files/\(link.text(signedWith: file.key))"
  }
}
