import Channels
import Contracts
import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import Keyring
import Knowledge
import Postgres
import Projections

/// What people write to contacts: texts, files, places, address cards, choices and templates.
struct ComposeRoutes: APIRoutes {
  let parts: RouteParts

  var routes: [Route] {
    [
      door.route(.post, "/v1/conversations/{id}/messages", compose),
      door.route(.post, "/v1/conversations/{id}/attachments", upload),
    ]
  }

  private struct Composed: Encodable {
    let id: MessageID
    let attachments: [AttachmentID]?
  }

  /// JSON, or a form of JSON and files.
  private func compose(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let id = try context.id("id", of: "conversation", as: ConversationID.self)
    let (input, files) = try await read(request)
    let given = try input.checkedStored()
    let kinds = try input.checkedKinds(of: files)
    guard given.count + files.count <= MessageInput.maximumFiles else {
      throw Problem(.invalidContent, "a message has at most \(MessageInput.maximumFiles) files")
    }
    let written = try input.checkedText(hasFiles: !given.isEmpty || !files.isEmpty)
    let choices = try input.checkedChoices()
    let cards = try input.checkedContacts()
    try input.location?.check("$.location")
    try input.template?.check("$.template")
    if let subject = input.subject { try CommandBounds.check(subject, "$.subject", atMost: 250) }
    let target = try await reads.target(of: id, tenant: caller.tenant)
    let contact = target.contact
    let quoted: String? =
      if let message = input.replyTo {
        try await reads.providerID(of: message, in: id, tenant: caller.tenant)
      } else {
        nil
      }
    let stored = try await reads.storedFiles(given.map(\.id), in: id, tenant: caller.tenant)
    let known = try zip(stored, given).map { (facts: try $0.facts.sent(as: $1.kind), composed: $0.composed) }
    let showsCards = dependencies.channels[target.channel]?.showsCards ?? true
    let lines = !showsCards ? PlainCards.text(input.location, cards ?? []) : nil
    let text = [written, lines ?? ""].filter { !$0.isEmpty }.joined(separator: "\n\n")
    let message = command.id("message", MessageID.self)
    let attachments = try await dependencies.pool.withTransaction { [dependencies] transaction in
      let key = try Self.key(of: contact, dependencies.keyring, transaction)
      let uploads = try files.enumerated().map { number, file in
        let id = command.id("attachment/\(number)", AttachmentID.self)
        return try UploadedFile(
          file.bytes, name: file.name, mediaType: UploadedFile.mediaType(file.mediaType),
          kind: kinds[file.name], id: id, key: key, known: UploadedFile.known(id, in: transaction))
      }
      let stored = try uploads.map { try $0.store(for: message, in: id, command, key, transaction) }
      let facts = known.map(\.facts) + uploads.map(\.facts)
      let places = known.map(\.composed) + uploads.map(\.composed)
      let event = try command.event(
        MessageComposed.self, key: StreamID(id),
        MessageComposed.Facts(
          conversation: id, message: message, bytes: text.utf8.count,
          attachments: facts.isEmpty ? nil : facts,
          template: input.template?.name, replyTo: input.replyTo),
        private: MessageComposed.Private(
          text: text, subject: input.subject, replyTo: quoted, choices: choices, template: input.template,
          attachments: places.isEmpty ? nil : places, location: showsCards ? input.location : nil,
          contacts: showsCards ? cards : nil), sealedWith: key)
      try dependencies.log.append(stored + [event], in: transaction)
      return facts.map(\.attachment)
    }
    return try .json(
      Composed(id: message, attachments: attachments.isEmpty ? nil : attachments), status: .accepted)
  }

  private func read(_ request: Request) async throws -> (MessageInput, [FormBody.File]) {
    let type = request.headers[.contentType] ?? ""
    guard type.lowercased().hasPrefix("multipart/form-data") else {
      let body = try await bytes.read(request, atMost: 256 << 10)
      _ = try RequestMediaType.of(request, among: ["application/json", "multipart/form-data"])
      return (try JSONBody.decode(MessageInput.self, from: body), [])
    }
    let body = try await bytes.read(request, atMost: UploadedFile.maximumBytes + 512 << 10)
    let form = try FormBody(body, contentType: type, atMost: MessageInput.maximumFiles)
    guard form.files.reduce(0, { $0 + $1.bytes.count }) <= UploadedFile.maximumBytes else {
      throw Problem(.bodyTooLarge, "the files have more than \(UploadedFile.maximumBytes) bytes")
    }
    return (try JSONBody.decode(MessageInput.self, from: form.text), form.files)
  }

  /// A file for later: the body is its bytes.
  private func upload(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let id = try context.id("id", of: "conversation", as: ConversationID.self)
    let body = try await bytes.read(request, atMost: UploadedFile.maximumBytes)
    let contact = try await reads.contact(of: id, tenant: caller.tenant)
    let type = UploadedFile.mediaType(request.headers[.contentType])
    let name = try request.query("name")
    let kind = try request.query("kind").map { word in
      guard let kind = AttachmentKind(rawValue: word) else {
        throw Problem(.invalidParameter, "kind is none of image, document, audio, voice, video and sticker")
      }
      return kind
    }
    let attachment = command.id("attachment/0", AttachmentID.self)
    try await dependencies.pool.withTransaction { [dependencies] transaction in
      let key = try Self.key(of: contact, dependencies.keyring, transaction)
      let file = try UploadedFile(
        body, name: name, mediaType: type, kind: kind, id: attachment, key: key,
        known: UploadedFile.known(attachment, in: transaction))
      let event = try file.store(for: command.id("message"), in: id, command, key, transaction)
      try dependencies.log.append([event], in: transaction)
    }
    struct Uploaded: Encodable { let id: AttachmentID }
    return try .json(Uploaded(id: attachment), status: .created)
  }

  static func key(
    of contact: ContactID, _ keyring: Keyring, _ transaction: Transaction
  ) throws -> SealingKey {
    let id = KeyID(contact.uuid)
    guard let key = try keyring.keys([id], on: transaction.connection)[id] else {
      throw Problem(.contactErased, "the contact of this conversation was erased")
    }
    return key
  }
}
