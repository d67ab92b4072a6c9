import Contracts
import EventLog
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// What happens in a conversation from now on, for people. What was before they read from the conversation, once the
/// stream has begun; by the ids of messages they know what they have.
struct ConversationStream: Sendable {
  let conversation: ConversationID
  let hub: LiveHub
  let layout: LogLayout

  func response() async throws -> Response {
    let subscription = try await hub.listen(to: conversation)
    let lease = SubscriptionLease(hub: hub, subscription: subscription)
    let partition = StreamID(conversation).partition(of: layout.count(.conversations))
    let body = ResponseBody { writer in
      defer { lease.end() }
      try await withGracefulShutdownHandler {
        try await writer.write(ByteBuffer(bytes: ServerSentEvent.retry(milliseconds: 1_000)))
        while let items = await subscription.mailbox.next() {
          var buffer = ByteBuffer()
          for item in items { buffer.writeBytes(try item.bytes(in: partition)) }
          try await writer.write(buffer)
        }
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
}
