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

  private let name: String
  private let language: Language
  private let components: [Component]

  /// nil when the header holds a kind of file that no header can.
  init?(_ template: MessageTemplate) {
    name = template.name
    language = Language(code: template.language)
    var components: [Component] = []
    if let header = template.header {
      guard let parameter = Parameter(header) else { return nil }
      components.append(Component(type: "header", parameters: [parameter]))
    }
    if let variables = template.variables, !variables.isEmpty {
      let parameters = variables.map { Parameter(text: $0.text, name: $0.name) }
      components.append(Component(type: "body", parameters: parameters))
    }
    self.components = components + (template.buttons ?? []).map(Self.component)
  }

  private static func component(_ button: MessageTemplate.Button) -> Component {
    let type =
      switch button.kind {
      case .url: "url"
      case .reply: "quick_reply"
      case .code: "copy_code"
      case .flow: "flow"
      case .catalog: "catalog"
      }
    return Component(
      type: "button", sub_type: type, index: "\(button.index)", parameters: [Parameter(button)])
  }

  /// What goes into one place.
  private struct Parameter: Encodable {
    struct Media: Encodable {
      var link: String?
      var id: String?
      var filename: String?
    }

    struct Action: Encodable {
      var flow_token: String?
      var flow_action_data: [String: String]?
      var thumbnail_product_retailer_id: String?
    }

    let type: String
    var parameter_name: String?
    var text: String?
    var payload: String?
    var coupon_code: String?
    var action: Action?
    var location: WhatsAppPlace?
    var image: Media?
    var video: Media?
    var document: Media?

    private init(type: String) { self.type = type }

    init(text: String, name: String?) {
      self.init(type: "text")
      self.text = text
      parameter_name = name
    }

    init?(_ header: MessageTemplate.Header) {
      if let text = header.text {
        self.init(text: text, name: header.name)
      } else if let place = header.location {
        self.init(type: "location")
        location = WhatsAppPlace(place)
      } else if let file = header.file {
        self.init(file.kind, Media(id: file.id), name: file.name)
      } else if let media = header.media {
        self.init(media.kind, Media(link: media.url), name: media.name)
      } else {
        return nil
      }
    }

    /// Only documents have a name.
    private init?(_ kind: AttachmentKind, _ media: Media, name: String?) {
      guard [.image, .video, .document].contains(kind) else { return nil }
      self.init(type: kind.rawValue)
      switch kind {
      case .image: image = media
      case .video: video = media
      default: document = Media(link: media.link, id: media.id, filename: name)
      }
    }

    /// "Coupon code templates", "Sending Flows in template messages", "Catalog templates".
    init(_ button: MessageTemplate.Button) {
      switch button.kind {
      case .url:
        self.init(text: button.value, name: nil)
      case .reply:
        self.init(type: "payload")
        payload = button.value
      case .code:
        self.init(type: "coupon_code")
        coupon_code = button.value
      case .flow:
        self.init(type: "action")
        let data = button.data.map { Dictionary($0.map { ($0.name ?? "", $0.text) }) { first, _ in first } }
        action = Action(flow_token: button.value, flow_action_data: data)
      case .catalog:
        self.init(type: "action")
        action = Action(thumbnail_product_retailer_id: button.value)
      }
    }
  }
}
