/// How a connection looks and behaves from here on; what is absent has its default.
package enum ConnectionConfigured: EventSpec {
  package static let type: EventType = "connection.configured"
  package static let topic = Topic.tenants

  package struct Facts: Codable, Sendable, Equatable {
    package let connection: ConnectionID
    package let settings: ConnectionSettings
    package init(connection: ConnectionID, settings: ConnectionSettings) {
      self.connection = connection
      self.settings = settings
    }
  }
  package typealias Private = Nothing
}

package struct ConnectionSettings: Codable, Sendable, Equatable {
  /// Of a web chat.
  package let widget: WidgetSettings?
  /// Of e-mail.
  package let mail: MailSettings?
  package init(widget: WidgetSettings? = nil, mail: MailSettings? = nil) {
    self.widget = widget
    self.mail = mail
  }
}

package struct MailSettings: Codable, Sendable, Equatable {
  /// The page that a mail's HTML is put into; `{{content}}` stands for what is said, `{{subject}}` for what it is
  /// about.
  package let html: String
  package init(html: String) { self.html = html }
}

/// The chat on a company's pages.
package struct WidgetSettings: Codable, Sendable, Equatable {
  package enum Identity: String, Codable, Sendable, CaseIterable { case optional, required }
  package enum Position: String, Codable, Sendable, CaseIterable { case right, left }
  package enum Scheme: String, Codable, Sendable, CaseIterable { case auto, light, dark }

  /// A line of the form that comes before the first message.
  package struct Field: Codable, Sendable, Equatable {
    package enum Name: String, Codable, Sendable, CaseIterable { case name, email, phone }
    package let name: Name
    package let required: Bool
    package init(name: Name, required: Bool) {
      self.name = name
      self.required = required
    }
  }

  /// Sites that may embed it, as `https://shop.example`; `*` alone is every site. Our own page always may.
  package let allowedOrigins: [String]?
  /// Whether the company must sign for who its visitors are.
  package let identity: Identity?
  /// Whether visitors may send files.
  package let attachments: Bool?
  package let preChat: [Field]?
  /// Offered before the first message.
  package let quickReplies: [String]?
  /// As `#3d46d6`.
  package let color: String?
  /// `https` or `data:image/`.
  package let logo: String?
  package let position: Position?
  package let scheme: Scheme?
  /// The widget's own words in the company's, by their key.
  package let texts: [WidgetText]?
  package init(
    allowedOrigins: [String]? = nil, identity: Identity? = nil, attachments: Bool? = nil,
    preChat: [Field]? = nil, quickReplies: [String]? = nil, color: String? = nil, logo: String? = nil,
    position: Position? = nil, scheme: Scheme? = nil, texts: [WidgetText]? = nil
  ) {
    self.allowedOrigins = allowedOrigins
    self.identity = identity
    self.attachments = attachments
    self.preChat = preChat
    self.quickReplies = quickReplies
    self.color = color
    self.logo = logo
    self.position = position
    self.scheme = scheme
    self.texts = texts
  }
  enum CodingKeys: String, CodingKey {
    case allowedOrigins = "allowed_origins"
    case identity, attachments
    case preChat = "pre_chat"
    case quickReplies = "quick_replies"
    case color, logo, position, scheme, texts
  }
}

package struct WidgetText: Codable, Sendable, Equatable {
  /// `title`, `placeholder` and others that the widget knows.
  package let key: String
  package let text: String
  package init(key: String, text: String) {
    self.key = key
    self.text = text
  }
}
