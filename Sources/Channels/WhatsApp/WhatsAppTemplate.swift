import Contracts

/// A template with what goes into its places ("Template messages", "Components").
struct WhatsAppTemplate: Encodable {
  private struct Language: Encodable {
    let code: String
  }

  private struct Component: Encodable {
    let type: String
    var sub_type: String?
    var index: String?
    let parameters: [Parameter]
  }

  private struct Parameter: Encodable {
    let type: String
    var parameter_name: String?
    var text: String?
    var payload: String?
    var image: Link?
    var video: Link?
    var document: Link?
  }

  private struct Link: Encodable {
    let link: String
    let filename: String?
  }

  private let name: String
  private let language: Language
  private let components: [Component]

  /// nil when the header holds a kind of file that no header can.
  init?(_ template: MessageTemplate) {
    name = template.name
    language = Language(code: template.language)
    var components: [Component] = []
    if let text = template.header?.text {
      components.append(Component(type: "header", parameters: [Parameter(type: "text", text: text)]))
    } else if let media = template.header?.media {
      guard let parameter = Self.parameter(media) else { return nil }
      components.append(Component(type: "header", parameters: [parameter]))
    }
    if let variables = template.variables, !variables.isEmpty {
      let parameters = variables.map { Parameter(type: "text", parameter_name: $0.name, text: $0.text) }
      components.append(Component(type: "body", parameters: parameters))
    }
    self.components = components + (template.buttons ?? []).map(Self.component)
  }

  private static func component(_ button: MessageTemplate.Button) -> Component {
    switch button.kind {
    case .url:
      Component(
        type: "button",
        sub_type: "url",
        index: "\(button.index)",
        parameters: [Parameter(type: "text", text: button.value)]
      )
    case .reply:
      Component(
        type: "button",
        sub_type: "quick_reply",
        index: "\(button.index)",
        parameters: [Parameter(type: "payload", payload: button.value)]
      )
    }
  }

  private static func parameter(_ media: MessageTemplate.Media) -> Parameter? {
    switch media.kind {
    case .image: Parameter(type: "image", image: Link(link: media.url, filename: nil))
    case .video: Parameter(type: "video", video: Link(link: media.url, filename: nil))
    case .document: Parameter(type: "document", document: Link(link: media.url, filename: media.name))
    case .audio, .voice, .sticker: nil
    }
  }
}
