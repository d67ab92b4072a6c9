import Contracts
import Foundation
import JSON
import Keyring
import Postgres

/// What join knows of a batch: keys, and the albums of which files are changed.
package struct JoinWorkspace: Sendable {
  let keys: [KeyID: SealingKey]
  private var albums: [ConversationID: [KnownAlbum]] = [:]
  /// To be saved, by the message that they became.
  private var changed: [MessageID: KnownAlbum] = [:]

  /// - Parameter changes: edits and deletions.
  init(of changes: [Record], _ keys: [KeyID: SealingKey], in transaction: Transaction) throws {
    self.keys = keys
    let places = changes.compactMap { try? JoinChange($0) }
    guard !places.isEmpty else { return }
    let rows = try transaction.execute(
      "select conversation, value from stage.albums($1, $2)",
      [.uuids(Set(places.map(\.conversation)).map(\.uuid)), .texts(Array(Set(places.map(\.file))))])
    for row in rows {
      albums[ConversationID(row.uuid(0)), default: []].append(
        try JSON.decode(KnownAlbum.self, from: row.bytes(1)))
    }
  }

  /// - Parameter file: the HMAC of the provider's id of a file's message.
  func album(of file: String, in conversation: ConversationID) -> KnownAlbum? {
    albums[conversation]?.first { $0.holds(file) }
  }

  mutating func remember(_ album: KnownAlbum) {
    // One that is kept already must not stay as it was before it changed.
    let isKnown = albums[album.conversation]?.contains { $0.message == album.message } ?? false
    guard album.isKept || isKnown && !album.parts.isEmpty else { return }
    albums[album.conversation, default: []].removeAll { $0.message == album.message }
    albums[album.conversation, default: []].append(album)
    changed[album.message] = album
  }

  func save(in transaction: Transaction) throws {
    guard !changed.isEmpty else { return }
    // In one order, so that two transactions never wait for each other.
    let albums = changed.sorted { $0.key < $1.key }.map(\.value)
    try transaction.execute(
      "select stage.save_albums($1, $2, $3, $4)",
      [
        .uuids(albums.map(\.conversation.uuid)), .uuids(albums.map(\.message.uuid)),
        .texts(albums.map { $0.files.joined(separator: " ") }),
        .byteStrings(try albums.map { try JSON.encode($0) }),
      ])
  }
}

/// Which file of which conversation was changed, and when.
struct JoinChange {
  let conversation: ConversationID
  /// The HMAC of the provider's id of its message.
  let file: String
  /// By the provider's clock.
  let time: Date?
  let isDeletion: Bool

  init(_ record: Record) throws {
    isDeletion = record.event.type == MessageDeleted.type
    if isDeletion {
      let facts = try MessageDeleted.read(record.event).facts
      (conversation, file, time) = (facts.conversation, facts.providerHMAC, facts.providerTime)
    } else {
      let facts = try MessageEdited.read(record.event).facts
      (conversation, file, time) = (facts.conversation, facts.providerHMAC, facts.providerTime)
    }
  }
}
