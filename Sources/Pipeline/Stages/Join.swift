import Contracts
import Foundation
import Keyring
import Postgres

/// Joins the files of an album, which a provider reports one by one, into the message that they were sent as.
///
/// The parts of a conversation wait here until no more of them came for `quiet`, or for `longest` in all; nothing
/// else of the conversation waits. What comes later still becomes a message of its own. An edit or a
/// deletion of one file of an album becomes an edit of the message that they are together.
package struct Join: Stage {
  package typealias Effect = Never
  package typealias Outcome = Never

  package struct State: Codable, Sendable, Equatable {
    /// How many parts waited at the last look, and since when the first of them did.
    var waiting = 0
    var since: Date?
    /// The last albums, as they were kept before there was a table of them.
    var albums: [KnownAlbum]?
  }

  static let stage = StageName("join")
  /// Of what it tells.
  static let source = "/stages/\(stage)"

  package let name = Self.stage
  package let topic = Topic.conversations
  package let types: Set<EventType> = [
    MessagePartReceived.type, MessagePartEchoed.type, MessageEdited.type, MessageDeleted.type,
  ]
  package let effects = EffectPolicy.repeatable

  static let quiet = Duration.seconds(1)
  static let longest = Duration.seconds(5)

  package init() {}

  package func initialState() -> State { State() }

  package func load(
    _ turns: [StageTurn<Never>], _ context: StageContext, in transaction: Transaction
  ) throws -> JoinWorkspace {
    let inputs = turns.flatMap(\.inputs)
    let ids = try inputs.compactMap { try AlbumPart.keyID(of: $0) }
    return try JoinWorkspace(
      of: inputs.filter { Self.isChange($0) },
      context.keyring.keys(Set(ids), on: transaction.connection), in: transaction)
  }

  package func save(_ workspace: JoinWorkspace, in transaction: Transaction) throws {
    try workspace.save(in: transaction)
  }

  package func decide(
    _ turn: StageTurn<Never>, state: inout State, workspace: inout JoinWorkspace, _ context: StageContext
  ) throws -> Decision<Never> {
    for album in state.albums ?? [] { workspace.remember(album) }
    state.albums = nil
    let changes = turn.inputs.filter { Self.isChange($0) }
    guard changes.count < turn.inputs.count else {
      return Decision(
        consumed: turn.inputs.count,
        outputs: try changes.compactMap { try changed($0, &workspace, at: context.now) })
    }
    let since = state.since ?? context.now
    let isStillComing = turn.inputs.count > state.waiting
    if isStillComing, context.now < since.addingTimeInterval(Self.longest.seconds) {
      (state.waiting, state.since) = (turn.inputs.count, since)
      return Decision(consumed: 0, wait: .until(context.now.addingTimeInterval(Self.quiet.seconds)))
    }
    (state.waiting, state.since) = (0, nil)
    var outputs = try messages(of: turn.inputs, &workspace, at: context.now)
    outputs += try changes.compactMap { try changed($0, &workspace, at: context.now) }
    return Decision(consumed: turn.inputs.count, outputs: outputs)
  }

  /// One for each album, in the order of their first parts.
  private func messages(
    of records: [Record], _ workspace: inout JoinWorkspace, at now: Date
  ) throws -> [Event] {
    var albums: [(album: Album, parts: [AlbumPart])] = []
    for record in records where !Self.isChange(record) {
      // The contact was erased meanwhile.
      guard let key = try AlbumPart.keyID(of: record).flatMap({ workspace.keys[$0] }),
        let part = try AlbumPart(record, key: key)
      else { continue }
      let album = Album(isEchoed: part.isEchoed, hmac: part.facts.album)
      if let index = albums.firstIndex(where: { $0.album == album }) {
        albums[index].parts.append(part)
      } else {
        albums.append((album, [part]))
      }
    }
    return try albums.map { album, parts in
      workspace.remember(KnownAlbum(parts))
      let id = EventID(parts[0].facts.message.uuid)
      let time = parts[0].facts.providerTime
      return album.isEchoed
        ? try AlbumPart.joined(parts, into: MessageEchoed.self, id: id, time: time, at: now)
        : try AlbumPart.joined(parts, into: MessageReceived.self, id: id, time: time, at: now)
    }
  }

  private static func isChange(_ record: Record) -> Bool {
    [MessageEdited.type, MessageDeleted.type].contains(record.event.type)
  }

  /// What an edit or a deletion of one file says of them all; nil for all others.
  private func changed(
    _ record: Record, _ workspace: inout JoinWorkspace, at now: Date
  ) throws -> Event? {
    let change = try JoinChange(record)
    // What was said of all is not to be said again.
    guard !record.event.isJoined,
      let album = workspace.album(of: change.file, in: change.conversation),
      let keyID = try AlbumPart.keyID(of: record), let key = workspace.keys[keyID],
      try album.parts.allSatisfy({ try JWE.keyID(of: $0.sealed) == keyID })
    else { return nil }
    let parts = try album.parts.compactMap { known -> AlbumPart? in
      guard known.facts.providerHMAC == change.file else { return try AlbumPart(known, in: record, key: key) }
      guard change.isDeletion else { return try AlbumPart(record, key: key) }
      var part = try AlbumPart(known, in: record, key: key)
      part.isGone = true
      return part
    }
    guard parts.count == album.parts.count else { return nil }
    workspace.remember(KnownAlbum(parts))
    let id = record.outputID(MessageEdited.type, by: name)
    return try AlbumPart.joined(
      parts, into: MessageEdited.self, id: id, time: change.time, at: now)
  }
}

/// What the files have in common that are one message.
private struct Album: Equatable {
  let isEchoed: Bool
  let hmac: String?
}
