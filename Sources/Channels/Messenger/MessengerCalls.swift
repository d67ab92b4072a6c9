import Contracts
import HTTPClient
import JSON

/// The calls of the Messenger Platform, for one page or account.
package struct MessengerCalls {
  let platform: MessengerPlatform
  /// With the version, and what stands for the page or account.
  let endpoint: String
  let accessToken: String
  let timeout: Duration
  let client: HTTPClient
  /// Whether files are uploaded; if not, their addresses are named.
  var takesUploads = true
  /// The field that says what the page or account is called.
  var nameField = "name"
  /// The field that says by which id webhooks name it; nil where the endpoint has it.
  var idField: String?

  func send(_ message: OutboundMessage) async -> SendOutcome {
    let plan: MessengerPlan
    do throws(MessengerPlan.Rejection) {
      plan = try MessengerPlan(message, platform: platform)
    } catch {
      return .rejected(reason: error.reason, code: nil)
    }
    let taken = message.taken.count
    var messages: [MessengerRequest.Message] = []
    for (number, file) in plan.files.enumerated().dropFirst(taken) {
      guard takesUploads else {
        if let reason = InstagramFile.refusal(of: file) { return .rejected(reason: reason, code: nil) }
        messages.append(InstagramFile.message(file))
        continue
      }
      switch await upload(file, boundary: "aigentable-\(message.id)-\(number)") {
      case .accepted(let id, _):
        let attachment = MessengerRequest.Attachment(
          type: MessengerUpload.type(file.kind), payload: .init(attachment_id: id))
        messages.append(MessengerRequest.Message(attachment: attachment))
      // The contact does not have the part yet, whatever became of the file.
      case .uncertain(let reason, _), .unconfirmed(let reason, _):
        return .notTaken(reason: reason, code: nil, retryAfter: nil)
      case let failure: return failure
      }
    }
    messages += plan.messages.dropFirst(max(0, taken - plan.files.count))

    return await PartedSend.send(plan.count, after: message.taken) { [messages] number in
      await call(
        "messages", plan.request(messages[number - taken], number: number), answer: "message_id")
    }
  }

  func show(_ signal: ChannelSignal, to address: String) async -> Bool {
    var request = MessengerRequest(to: address)
    request.sender_action = signal == .read ? "mark_seen" : "typing_on"
    guard case .accepted = await call("messages", request, answer: "recipient_id") else { return false }
    return true
  }

  /// Sets first, and then removes: a menu needs `start` as long as it is there, so what is removed goes together.
  func setUp(_ profile: MessengerProfile) async -> SetUpOutcome {
    if profile.sets {
      var profile = profile
      profile.platform = platform.word
      let set = outcome(of: await call("messenger_profile", profile, answer: "result"))
      guard set == .done else { return set }
    }
    guard !profile.removed.isEmpty else { return .done }
    struct Removal: Encodable { let fields: [MessengerProfile.Property] }
    let edge = "messenger_profile" + (platform.word.map { "?platform=\($0)" } ?? "")
    return outcome(
      of: await call(edge, Removal(fields: profile.removed), answer: "result", method: "DELETE"))
  }

  private func outcome(of outcome: SendOutcome) -> SetUpOutcome {
    switch outcome {
    case .accepted: .done
    case .rejected(let reason, let code), .notTaken(let reason, let code, _),
      .partlyTaken(_, let reason, let code, _):
      .failed(reason: reason, code: code)
    case .uncertain(let reason, _), .unconfirmed(let reason, _): .failed(reason: reason, code: nil)
    }
  }

  private func upload(_ file: OutboundAttachment, boundary: String) async -> SendOutcome {
    guard file.bytes.count <= MessengerUpload.maximumBytes else {
      return .rejected(reason: "too-large", code: nil)
    }
    let upload = MessengerUpload(file, platform: platform, boundary: boundary)
    return await request(
      "message_attachments", upload.body, type: upload.contentType, answer: "attachment_id")
  }

  private func call(
    _ edge: String, _ body: some Encodable, answer: String, method: String = "POST"
  ) async -> SendOutcome {
    guard let body = try? JSON.encode(body) else { return .rejected(reason: "invalid-request", code: nil) }
    return await request(edge, body, type: "application/json", answer: answer, method: method)
  }

  /// - Parameter answer: the member of the answer that says that it was done.
  private func request(
    _ edge: String, _ body: [UInt8], type: String, answer: String, method: String = "POST"
  ) async -> SendOutcome {
    let request = HTTPRequest(
      method: method,
      url: "\(endpoint)/\(edge)",
      headers: [("Authorization", "Bearer \(accessToken)"), ("Content-Type", type)],
      body: body,
      timeout: timeout,
      maximumResponseBytes: 256 << 10
    )
    do throws(HTTPClientError) {
      return MessengerErrorCode.outcome(of: try await client.send(request), member: answer)
    } catch {
      return SendOutcome(error)
    }
  }
}

/// What became of a profile that was to be set; setting it again does no harm.
package enum SetUpOutcome: Sendable, Equatable {
  case done
  case failed(reason: String, code: Int?)
}
