/// A message that the provider has approved beforehand, with what goes into its places.
package struct MessageTemplate: Codable, Sendable, Equatable {
  package let name: String
  /// As the provider writes it: `en_US`.
  package let language: String
  package let header: Header?
  /// For the places of the body, in their order.
  package let variables: [Variable]?
  package let buttons: [Button]?
  /// What the provider approved it for; a contact can opt out of `marketing` alone.
  package let category: Category?
  package init(
    name: String, language: String, header: Header? = nil, variables: [Variable]? = nil,
    buttons: [Button]? = nil, category: Category? = nil
  ) {
    self.name = name
    self.language = language
    self.header = header
    self.variables = variables
    self.buttons = buttons
    self.category = category
  }

  package enum Category: String, Codable, Sendable, CaseIterable { case marketing, utility, authentication }

  /// One of text, media, file and location.
  package struct Header: Codable, Sendable, Equatable {
    /// For the place in a header of text.
    package let text: String?
    /// The place's name; nil for a place that is numbered.
    package let name: String?
    package let media: Media?
    package let file: File?
    package let location: Location?
    package init(
      text: String? = nil, name: String? = nil, media: Media? = nil, file: File? = nil,
      location: Location? = nil
    ) {
      self.text = text
      self.name = name
      self.media = media
      self.file = file
      self.location = location
    }
  }

  /// A file that the provider has already.
  package struct File: Codable, Sendable, Equatable {
    /// `image`, `video` or `document`.
    package let kind: AttachmentKind
    /// What the provider called it when it was uploaded.
    package let id: String
    package let name: String?
    package init(kind: AttachmentKind, id: String, name: String? = nil) {
      self.kind = kind
      self.id = id
      self.name = name
    }
  }

  package struct Media: Codable, Sendable, Equatable {
    /// `image`, `video` or `document`.
    package let kind: AttachmentKind
    /// Where the provider fetches it.
    package let url: String
    package let name: String?
    package init(kind: AttachmentKind, url: String, name: String? = nil) {
      self.kind = kind
      self.url = url
      self.name = name
    }
  }

  package struct Variable: Codable, Sendable, Equatable {
    /// nil for places that are numbered.
    package let name: String?
    package let text: String
    package init(name: String? = nil, text: String) {
      self.name = name
      self.text = text
    }
  }

  /// What goes into a button that has a place.
  package struct Button: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
      /// `value` is the end of its address.
      case url
      /// `value` comes back as the payload.
      case reply
      /// `value` is what is copied: a coupon's code.
      case code
      /// Opens a form; `value` comes back with what was filled in, `data` is what its first screen is given.
      case flow
      /// Opens the catalogue; `value` is the product whose picture is shown.
      case catalog
    }
    package let kind: Kind
    /// Which button, from 0.
    package let index: Int
    package let value: String
    package let data: [Variable]?
    package init(kind: Kind, index: Int, value: String, data: [Variable]? = nil) {
      self.kind = kind
      self.index = index
      self.value = value
      self.data = data
    }
  }
}
