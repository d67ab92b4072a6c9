/// What kind of thing a message is. What a channel sends that is not understood is `unsupported`, kept raw.
package enum MessageKind: String, Codable, Sendable, Equatable {
  /// Also a button or a row of a list that was chosen: its title is the text.
  case text
  /// Files, with or without a text.
  case attachment
  case location
  /// One or more address cards.
  case contacts
  /// Things from a catalogue, kept raw; what was written with them is the text.
  case order
  case unsupported
}

package enum AttachmentKind: String, Codable, Sendable, Equatable {
  case image, document, audio
  /// Spoken for this message, not a file that was at hand.
  case voice
  case video, sticker
}

/// A file that came with a message, as far as it says nothing about a person.
package struct AttachmentFacts: Codable, Sendable, Equatable {
  package let attachment: AttachmentID
  package let kind: AttachmentKind
  /// As the provider says, lower case and without parameters.
  package let mediaType: String?
  /// As the provider says.
  package let bytes: Int?
  /// Of a file of an album: HMAC of the provider's id of the message that it came as, under the tenant's key.
  package let part: String?
  package init(
    attachment: AttachmentID, kind: AttachmentKind, mediaType: String?, bytes: Int?, part: String? = nil
  ) {
    self.attachment = attachment
    self.kind = kind
    self.mediaType = mediaType
    self.bytes = bytes
    self.part = part
  }
  enum CodingKeys: String, CodingKey {
    case attachment, kind
    case mediaType = "media_type"
    case bytes, part
  }
}

/// Where a file lies at the provider and what it is called there. One of `file`, `url` and `part` says where.
package struct AttachmentPrivate: Codable, Sendable, Equatable {
  package let attachment: AttachmentID
  /// The provider's id of the file.
  package let file: String?
  package let url: String?
  /// The number of a part of the body that the message came in.
  package let part: Int?
  /// Where that body lies: the SHA-256, in hexadecimal, of its compact JWE in the blob store.
  package let body: String?
  package let name: String?
  /// SHA-256 of the bytes in lower-case hexadecimal, as the provider says.
  package let sha256: String?
  package init(
    attachment: AttachmentID, file: String? = nil, url: String? = nil, part: Int? = nil, body: String? = nil,
    name: String? = nil, sha256: String? = nil
  ) {
    self.attachment = attachment
    self.file = file
    self.url = url
    self.part = part
    self.body = body
    self.name = name
    self.sha256 = sha256
  }
}

package struct Location: Codable, Sendable, Equatable {
  /// Degrees, WGS 84.
  package let latitude: Double
  package let longitude: Double
  /// What the place is called.
  package let name: String?
  package let address: String?
  package init(latitude: Double, longitude: Double, name: String? = nil, address: String? = nil) {
    self.latitude = latitude
    self.longitude = longitude
    self.name = name
    self.address = address
  }
}

/// An address card that someone passed on.
package struct ContactCard: Codable, Sendable, Equatable {
  package let name: String
  package let phones: [String]
  package let emails: [String]
  package init(name: String, phones: [String] = [], emails: [String] = []) {
    self.name = name
    self.phones = phones
    self.emails = emails
  }
}

/// What brought a contact here: an advertisement, a post, a link with a parameter.
package struct Referral: Codable, Sendable, Equatable {
  /// In the provider's word: `ad`, `post`, `shortlink`.
  package let source: String
  package let id: String?
  package let url: String?
  package let headline: String?
  /// What whoever made the link put into it.
  package let payload: String?
  package init(
    source: String, id: String? = nil, url: String? = nil, headline: String? = nil, payload: String? = nil
  ) {
    self.source = source
    self.id = id
    self.url = url
    self.headline = headline
    self.payload = payload
  }
}

/// Where a file that is to be sent lies.
package struct ComposedFile: Codable, Sendable, Equatable {
  package let attachment: AttachmentID
  /// SHA-256, in hexadecimal, of the bytes as they lie in the blob store, sealed under the contact's key.
  package let blob: String
  package let name: String?
  package init(attachment: AttachmentID, blob: String, name: String? = nil) {
    self.attachment = attachment
    self.blob = blob
    self.name = name
  }
}

/// One thing that a contact may choose: a button, a quick reply, a row of a list, or a numbered line, as the
/// platform can.
package struct MessageChoice: Codable, Sendable, Equatable {
  package let title: String
  /// Comes back as the payload of the message that chooses it.
  package let payload: String
  package let description: String?
  package init(title: String, payload: String, description: String? = nil) {
    self.title = title
    self.payload = payload
    self.description = description
  }
}
