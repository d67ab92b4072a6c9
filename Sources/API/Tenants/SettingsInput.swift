import Contracts
import Foundation

/// Settings as a caller gives them.
struct SettingsInput: Decodable, Sendable {
  struct Widget: Decodable, Sendable {
    let allowedOrigins: [String]?
    let identity: WidgetSettings.Identity?
    let attachments: Bool?
    let preChat: [WidgetSettings.Field]?
    let quickReplies: [String]?
    let color: String?
    let logo: String?
    let position: WidgetSettings.Position?
    let scheme: WidgetSettings.Scheme?
    let texts: [WidgetText]?

    enum CodingKeys: String, CodingKey {
      case allowedOrigins = "allowed_origins"
      case identity, attachments
      case preChat = "pre_chat"
      case quickReplies = "quick_replies"
      case color, logo, position, scheme, texts
    }
  }

  let widget: Widget?
  let mail: MailSettings?

  /// The widget's own words that can be replaced.
  static let textKeys = Set(
    """
    title subtitle hello welcome placeholder open close send attach newest online connecting offline closed
    sending waiting failed uncertain person writing start name email phone form required too_large today you
    answer remove download hint unshown earlier
    """.split(whereSeparator: \.isWhitespace).map(String.init))

  func checked(for channel: Channel) throws(Problem) -> ConnectionSettings {
    guard widget == nil || channel == .webchat else {
      throw Problem(.invalidContent, "$.widget: this connection is no web chat")
    }
    guard mail == nil || channel == .email else {
      throw Problem(.invalidContent, "$.mail: this connection is no mailbox")
    }
    if let html = mail?.html {
      try CommandBounds.check(html, "$.mail.html", atMost: 100_000)
      guard html.ranges(of: "{{content}}").count == 1 else {
        throw Problem(.invalidContent, "$.mail.html must hold {{content}} once")
      }
    }
    return ConnectionSettings(widget: try widget?.checked(), mail: mail)
  }
}

extension SettingsInput.Widget {
  fileprivate func checked() throws(Problem) -> WidgetSettings {
    if let color, color.wholeMatch(of: /#[0-9a-fA-F]{6}/) == nil {
      throw Problem(.invalidContent, "$.widget.color must be as #3d46d6")
    }
    if let logo {
      try CommandBounds.check(logo, "$.widget.logo", atMost: 50_000)
      guard
        logo.wholeMatch(of: /https:\/\/[^\s"'<>;,]+|data:image\/[a-z+.\-]+;base64,[A-Za-z0-9+\/=]+/) != nil
      else {
        throw Problem(.invalidContent, "$.widget.logo must be an https address or data:image/…;base64,…")
      }
    }
    var origins: [String] = []
    for (number, given) in (allowedOrigins ?? []).enumerated() {
      let origin = given.lowercased()
      let isOrigin = origin.wholeMatch(
        of: /https?:\/\/[a-z0-9.\-]+(:[0-9]{1,5})?|https?:\/\/\[[0-9a-f:]+\](:[0-9]{1,5})?/)
      guard origin == "*" || isOrigin != nil, origin.utf8.count <= 300 else {
        throw Problem(
          .invalidContent,
          "$.widget.allowed_origins[\(number)] must be as https://shop.example, without a path")
      }
      origins.append(origin)
    }
    guard origins.count <= 100, (quickReplies?.count ?? 0) <= 10, (preChat?.count ?? 0) <= 3,
      Set((preChat ?? []).map(\.name)).count == (preChat ?? []).count
    else {
      throw Problem(
        .invalidContent,
        "$.widget has more than 100 allowed_origins or 10 quick_replies, or a field of pre_chat twice")
    }
    for (number, reply) in (quickReplies ?? []).enumerated() {
      try CommandBounds.check(reply, "$.widget.quick_replies[\(number)]", atMost: 200)
    }
    for text in texts ?? [] {
      guard SettingsInput.textKeys.contains(text.key) else {
        throw Problem(
          .invalidContent,
          "$.widget.texts: \(text.key.prefix(40)) is none of \(SettingsInput.textKeys.sorted().joined(separator: ", "))"
        )
      }
      try CommandBounds.check(text.text, "$.widget.texts: \(text.key)", atMost: 500)
    }
    return WidgetSettings(
      allowedOrigins: allowedOrigins == nil ? nil : origins, identity: identity, attachments: attachments,
      preChat: preChat, quickReplies: quickReplies, color: color?.lowercased(), logo: logo,
      position: position,
      scheme: scheme, texts: texts)
  }
}
