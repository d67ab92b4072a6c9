import Contracts
import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Pipeline
import ServiceLifecycle

/// One visitor's stream: what they missed, then what happens, without loss or repetition.
///
/// The read model lags behind the log, and the tail runs ahead of it. So the stream first listens, then reads
/// the rows, then reads from the log what lies between the read model's progress and the place from which the
/// tail delivers to it, and passes over every offset that it has told already.
struct ChatStream: Sendable {
  /// How many records of the log may lie between read model and tail; beyond it the browser is told to wait.
  static let maximumGap = 20_000

  let visitor: ChatVisitor
  /// What the browser has; it is sent what came after.
  let after: ChatPosition?
  let history: ChatHistory
  let log: any EventLog
  let hub: LiveHub

  /// What is told before the live part.
  struct CatchUp {
    var items: [LiveItem] = []
    var partition: Partition?
    /// Before which the visitor has messages that are not told here.
    var previous: ChatPosition?
  }

  /// Begins the stream; fails here, before anything was answered, when it cannot be complete.
  func response() async throws -> Response {
    let subscription = hub.listen(connection: visitor.connection.id, addressHMAC: visitor.addressHMAC)
    let catchUp: CatchUp
    do { catchUp = try await self.catchUp(subscription) } catch {
      hub.end(subscription)
      throw error
    }
    // Ends the subscription also when the response is dropped unwritten.
    let lease = SubscriptionLease(hub: hub, subscription: subscription)
    let body = ResponseBody { writer in
      defer { lease.end() }
      try await withGracefulShutdownHandler {
        try await write(catchUp, from: subscription.mailbox, to: &writer)
      } onGracefulShutdown: {
        subscription.mailbox.close()
      }
      try await writer.finish(nil)
    }
    return Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no"],
      body: body)
  }

  private func catchUp(_ subscription: LiveSubscription) async throws -> CatchUp {
    let start = try await hub.cursors()
    let progress = try await history.progress()
    var result = CatchUp()
    var conversation: ConversationID?
    if let page = try await history.page(of: visitor, after: after) {
      conversation = page.conversation
      result.previous = page.previous
      if let after, after.partition == page.partition {
        result.items = try await history.statuses(of: visitor, in: page.conversation, upTo: after.offset)
          .map { .standing($0) }
      }
      result.items += page.messages.map { .message($0.message, $0.offset) }
      var last = page
      while after != nil, last.messages.count == ChatHistory.maximumPage, let end = last.messages.last {
        let next = ChatPosition(last.partition, end.offset)
        guard let more = try await history.page(of: visitor, after: next) else { break }
        result.items += more.messages.map { .message($0.message, $0.offset) }
        last = more
      }
    } else {
      conversation = try await newConversation(from: progress, to: start)
    }
    guard let conversation else { return result }
    let live = try await hub.attach(subscription, to: conversation)
    let partition = StreamID(conversation).partition(of: log.layout.count(.conversations))
    result.partition = partition
    let gap = try await read(from: progress, to: live, in: [partition])
    let own = gap.filter { $0.event.key == StreamID(conversation) }
    result.items += try await hub.items(of: own).flatMap { $0 }
    return result
  }

  /// A conversation that was opened but is not in the read model yet.
  private func newConversation(
    from progress: [Partition: Offset], to live: [Partition: Cursor]
  ) async throws -> ConversationID? {
    try await read(from: progress, to: live, in: Array(live.keys))
      .filter { $0.event.type == ConversationOpened.type }
      .compactMap { try? ConversationOpened.read($0.event).facts }
      .last { $0.connection == visitor.connection.id && $0.addressHMAC == visitor.addressHMAC }?
      .conversation
  }

  /// The records from the read model's progress up to where the tail stands.
  private func read(
    from progress: [Partition: Offset], to live: [Partition: Cursor], in partitions: [Partition]
  ) async throws -> [Record] {
    var cursors: [Cursor] = []
    var gap: Int64 = 0
    for partition in partitions {
      guard let end = live[partition] else { continue }
      let from = progress[partition] ?? .zero
      guard from < end.offset else { continue }
      gap += end.offset.rawValue - from.rawValue
      cursors.append(Cursor(end.partition, from))
    }
    guard gap <= Self.maximumGap else {
      throw Problem(.historyBehind, "the history is \(gap) events behind; try again later")
    }
    var found: [Record] = []
    for cursor in cursors {
      guard let end = live[cursor.partition.partition]?.offset else { continue }
      let reader = try await log.reader(from: [cursor], types: LiveRecords.types)
      var next = cursor.offset
      do {
        while next < end {
          let batch = try await reader.next(limit: 1_000)
          found += batch.records.filter { $0.position.offset < end }
          next = batch.cursors.first?.offset ?? next
        }
      } catch {
        await reader.close()
        throw error
      }
      await reader.close()
    }
    return found
  }

  private func write(
    _ catchUp: CatchUp, from mailbox: Mailbox, to writer: inout any ResponseBodyWriter
  ) async throws {
    var told = Told(after: after.flatMap { $0.partition == catchUp.partition ? $0.offset : nil })
    var partition = catchUp.partition
    try await writer.write(ByteBuffer(bytes: ServerSentEvent.retry(milliseconds: 1_000)))
    if let previous = catchUp.previous {
      try await writer.write(
        ByteBuffer(bytes: ServerSentEvent.bytes("earlier", ["previous": previous.description])))
    }
    var items: [LiveItem]? = catchUp.items
    while let batch = items {
      var buffer = ByteBuffer()
      for item in batch where told.isNew(item) {
        if case .message(let message, _) = item {
          partition = ChatPosition(message.position)?.partition ?? partition
        }
        buffer.writeBytes(try item.bytes(in: partition))
      }
      if buffer.readableBytes > 0 { try await writer.write(buffer) }
      items = await mailbox.next()
    }
  }
}

/// Which offsets a stream has told. A record may have several items, so an offset counts as told only once
/// another one follows, or for an item that is a repetition by its content.
struct Told {
  private var last: Offset?
  private var ofLast: [LiveItem] = []

  init(after: Offset?) { last = after }

  mutating func isNew(_ item: LiveItem) -> Bool {
    let offset: Offset
    switch item {
    case .message(_, let at), .status(_, let at), .file(_, let at): offset = at
    case .standing, .delta, .typing, .heartbeat: return true
    }
    if let last, offset < last { return false }
    if offset == last {
      guard !ofLast.isEmpty, !ofLast.contains(item) else { return false }
      if case .message = item { return false }
    } else {
      ofLast = []
    }
    last = offset
    ofLast.append(item)
    return true
  }
}

/// Ends a subscription once, at the latest when nobody holds the response any more.
final class SubscriptionLease: Sendable {
  private let hub: LiveHub
  private let subscription: LiveSubscription

  init(hub: LiveHub, subscription: LiveSubscription) {
    self.hub = hub
    self.subscription = subscription
  }

  func end() { hub.end(subscription) }

  deinit { hub.end(subscription) }
}

extension HTTPField.Name {
  /// Tells nginx not to collect the stream.
  static let accelBuffering = Self("X-Accel-Buffering")!
}
