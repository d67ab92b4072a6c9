/// What one connection has come to: commands in, what is to be done out. Does nothing itself.
struct SMTPSession {
  enum Step: Equatable {
    case answer(SMTPAnswer)
    /// The lines of the answer to EHLO, the first of them the server's name.
    case greet([String])
    /// To be answered by whoever knows who may sign in, and reported by `note(_:signingIn:)`.
    case signIn(SMTPCredentials)
    /// To be answered by whoever knows the recipients, and reported by `note(_:of:)`.
    case ask(recipient: String, from: SMTPCredentials)
    /// The message is to be read and taken.
    case read(SMTPEnvelope)
    case startTLS
    case close(SMTPAnswer)
  }

  private let limits: SMTPLimits
  private let name: String
  private let client: String
  /// nil where there is none to be offered.
  private var offersTLS: Bool
  private let needsTLS: Bool
  private(set) var isEncrypted = false
  private var greeting: String?
  private var credentials: SMTPCredentials?
  /// Whether the next line is an answer to AUTH.
  private var isSigningIn = false
  private var sender: String?
  private var recipients: [String] = []
  private var errors = 0

  /// - Parameter client: the address that it calls from.
  init(name: String, client: String, limits: SMTPLimits, offersTLS: Bool, needsTLS: Bool) {
    self.name = name
    self.client = client
    self.limits = limits
    self.offersTLS = offersTLS
    self.needsTLS = needsTLS && offersTLS
  }

  /// - Parameter line: without its end.
  mutating func receive(_ line: [UInt8]) -> Step {
    let step = isSigningIn ? signIn(String(decoding: line, as: UTF8.self)) : step(SMTPCommand(line))
    guard case .answer(let answer) = step, !answer.isPositive else { return step }
    return refuse(answer)
  }

  /// Counts an answer that refuses, and closes after too many.
  mutating func refuse(_ answer: SMTPAnswer) -> Step {
    errors += 1
    return errors >= limits.errors ? .close(.tooManyErrors) : .answer(answer)
  }

  private mutating func step(_ command: SMTPCommand) -> Step {
    switch command {
    case .hello(let name, let isExtended):
      greeting = name
      reset()
      return isExtended ? .greet(extensions) : .answer(SMTPAnswer(250, nil, self.name))
    case .quit: return .close(.goodbye)
    case .unknown:
      // Who begins with another protocol, as a browser does that was talked into calling here, gets no second line.
      return greeting == nil ? .close(.unknownCommand) : .answer(.unknownCommand)
    case .malformed: return .answer(.syntax)
    case .noop: return .answer(.okay)
    case .verify: return .answer(.cannotVerify)
    case .reset:
      reset()
      return .answer(.okay)
    case .startTLS:
      guard offersTLS else { return .answer(isEncrypted ? .outOfOrder : .unknownCommand) }
      return .startTLS
    case .authenticate(let mechanism, let response):
      if needsTLS, !isEncrypted { return .answer(.tlsFirst) }
      // Once a connection, and not within a message (RFC 4954, section 4).
      guard greeting != nil, credentials == nil, sender == nil else { return .answer(.outOfOrder) }
      guard mechanism == "PLAIN" else { return .answer(.unknownMechanism) }
      if let response { return signIn(response) }
      isSigningIn = true
      return .answer(.goOnWithCredentials)
    case .mail(let sender, let parameters): return begin(sender, parameters)
    case .recipient(let address, let parameters):
      guard sender != nil, let credentials else { return .answer(.outOfOrder) }
      guard parameters.isEmpty else { return .answer(.unknownParameter) }
      guard recipients.count < limits.recipients else { return .answer(.tooManyRecipients) }
      return .ask(recipient: address, from: credentials)
    case .data:
      guard let sender, let greeting, let credentials, !recipients.isEmpty else {
        return .answer(.outOfOrder)
      }
      defer { reset() }
      return .read(
        SMTPEnvelope(
          client: client, greeting: greeting, credentials: credentials, isEncrypted: isEncrypted,
          sender: sender, recipients: recipients))
    }
  }

  private mutating func signIn(_ response: String) -> Step {
    isSigningIn = false
    // A `*` is none: the client thought better of it.
    return SMTPCredentials(plain: response).map(Step.signIn) ?? .answer(.noCredentials)
  }

  /// What became of who wanted to sign in.
  mutating func note(_ answer: SMTPAnswer, signingIn credentials: SMTPCredentials) -> Step {
    guard answer.isPositive else { return refuse(answer) }
    self.credentials = credentials
    return .answer(answer)
  }

  private mutating func begin(_ sender: String, _ parameters: [String: String]) -> Step {
    if needsTLS, !isEncrypted { return .answer(.tlsFirst) }
    guard greeting != nil, self.sender == nil else { return .answer(.outOfOrder) }
    guard credentials != nil else { return .answer(.signInFirst) }
    for (name, value) in parameters {
      switch name {
      case "SIZE":
        guard let size = Int(value), size >= 0 else { return .answer(.syntax) }
        if size > limits.messageBytes { return .answer(.tooLarge) }
      case "BODY":
        guard ["7BIT", "8BITMIME"].contains(value.uppercased()) else { return .answer(.syntax) }
      // Who the client says it had the message from is none of our business (RFC 4954, section 5).
      case "SMTPUTF8", "AUTH": break
      default: return .answer(.unknownParameter)
      }
    }
    self.sender = sender
    return .answer(.okay)
  }

  /// What became of a recipient that was asked for.
  mutating func note(_ answer: SMTPAnswer, of recipient: String) -> Step {
    guard answer.isPositive else { return refuse(answer) }
    if !recipients.contains(recipient) { recipients.append(recipient) }
    return .answer(answer)
  }

  /// Whatever was said before counts no more (RFC 3207, section 4.2).
  mutating func becomeEncrypted() {
    isEncrypted = true
    offersTLS = false
    greeting = nil
    credentials = nil
    isSigningIn = false
    reset()
  }

  private mutating func reset() {
    sender = nil
    recipients = []
  }

  private var extensions: [String] {
    [name, "PIPELINING", "SIZE \(limits.messageBytes)", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
      + (offersTLS ? ["STARTTLS"] : [])
      + (needsTLS && !isEncrypted ? [] : ["AUTH PLAIN"])
  }
}

/// What was said about a message before it came.
package struct SMTPEnvelope: Sendable, Equatable {
  /// The address that it came from on the network.
  package let client: String
  /// What the client calls itself.
  package let greeting: String
  /// With what it signed in.
  package let credentials: SMTPCredentials
  package let isEncrypted: Bool
  /// Empty for mail from nobody.
  package let sender: String
  /// At least one, none twice.
  package let recipients: [String]

  package init(
    client: String, greeting: String, credentials: SMTPCredentials, isEncrypted: Bool, sender: String,
    recipients: [String]
  ) {
    self.client = client
    self.greeting = greeting
    self.credentials = credentials
    self.isEncrypted = isEncrypted
    self.sender = sender
    self.recipients = recipients
  }
}
