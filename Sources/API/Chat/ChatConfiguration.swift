import Channels
import Contracts
import Pipeline

/// What a page needs to know of a chat before it shows it; nothing of it is secret.
struct ChatConfiguration: Encodable, Sendable {
  let name: String
  let color: String?
  let logo: String?
  let position: WidgetSettings.Position
  let scheme: WidgetSettings.Scheme
  let identity: WidgetSettings.Identity
  let attachments: Bool
  let maximumFileBytes: Int
  let maximumFiles: Int
  let preChat: [WidgetSettings.Field]
  let quickReplies: [String]
  let texts: [String: String]

  init(_ connection: KnownConnection) {
    let settings = connection.settings?.widget
    name = connection.name
    color = settings?.color
    logo = settings?.logo
    position = settings?.position ?? .right
    scheme = settings?.scheme ?? .auto
    identity = settings?.identity ?? .optional
    attachments = settings?.attachments ?? true
    maximumFileBytes = WebChatChannel.maximumFileBytes
    maximumFiles = WebChatChannel.maximumFiles
    preChat = settings?.preChat ?? []
    quickReplies = settings?.quickReplies ?? []
    texts = Dictionary((settings?.texts ?? []).map { ($0.key, $0.text) }) { _, later in later }
  }

  enum CodingKeys: String, CodingKey {
    case name, color, logo, position, scheme, identity, attachments
    case maximumFileBytes = "maximum_file_bytes"
    case maximumFiles = "maximum_files"
    case preChat = "pre_chat"
    case quickReplies = "quick_replies"
    case texts
  }
}
