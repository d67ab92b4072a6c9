import Contracts

extension LiveItem {
  /// As an event of a stream of the partition's conversation.
  func bytes(in partition: Partition?) throws -> [UInt8] {
    func place(_ offset: Offset) -> String? { partition.map { ChatPosition($0, offset).description } }
    return switch self {
    case .message(let message, _): try ServerSentEvent.bytes("message", id: message.position, message)
    case .status(let status, let offset): try ServerSentEvent.bytes("status", id: place(offset), status)
    case .file(let file, let offset): try ServerSentEvent.bytes("file", id: place(offset), file)
    case .standing(let status): try ServerSentEvent.bytes("status", status)
    case .delta(let delta): try ServerSentEvent.bytes("delta", delta)
    case .typing(let typing): try ServerSentEvent.bytes("typing", typing)
    case .heartbeat: ServerSentEvent.heartbeat
    }
  }
}
