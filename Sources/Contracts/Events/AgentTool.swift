/// Something that the model may call while it answers.
package struct AgentTool: Codable, Sendable, Equatable {
  /// What the model calls it: 1 to 64 of `a-z`, `A-Z`, `0-9`, `_` and `-`.
  package let name: String
  /// `http`: a request to a server of the tenant. `order`: the same, for looking up one order. `hand-over`: gives the
  /// conversation to a person. `close`: closes it after the answer. `choices`: gives the contact buttons, or whatever
  /// the channel has for them, below the answer. `location` and `contacts`: send a place and address cards with the
  /// answer. `file`: gets a file from a server of the tenant and sends it with the
  /// answer.
  package let kind: String
  /// What the model is told that it does; nil for what the kind says.
  package let description: String?
  /// A JSON Schema of an object, as text; nil for what the kind says.
  package let parameters: String?
  /// `GET` when nil. With `GET` and `DELETE` the arguments that the URL does not name go into its query, else into
  /// a JSON body.
  package let method: String?
  /// `https://shop.example/orders/{order}`: arguments are put in, percent-encoded, after the host.
  package let url: String?
  package let headers: [ToolHeader]?
  /// Whether a call changes something: then it is made at most once. Nil for no with `GET`, else yes.
  package let changes: Bool?
  /// 1 to 30,000; nil for 10,000.
  package let timeoutMilliseconds: Int?
  /// The most of an answer that is read, 1 to 65,536; nil for 16,384. Of a file 1 to 16,777,216; nil for 5,242,880.
  package let maximumBytes: Int?
  package init(
    name: String, kind: String, description: String? = nil, parameters: String? = nil, method: String? = nil,
    url: String? = nil, headers: [ToolHeader]? = nil, changes: Bool? = nil, timeoutMilliseconds: Int? = nil,
    maximumBytes: Int? = nil
  ) {
    self.name = name
    self.kind = kind
    self.description = description
    self.parameters = parameters
    self.method = method
    self.url = url
    self.headers = headers
    self.changes = changes
    self.timeoutMilliseconds = timeoutMilliseconds
    self.maximumBytes = maximumBytes
  }
  enum CodingKeys: String, CodingKey {
    case name
    case kind
    case description
    case parameters
    case method
    case url
    case headers
    case changes
    case timeoutMilliseconds = "timeout_milliseconds"
    case maximumBytes = "maximum_bytes"
  }
}

/// A header of a tool's requests.
package struct ToolHeader: Codable, Sendable, Equatable {
  package let name: String
  /// `{secret.NAME}` stands for a secret of the agent.
  package let value: String
  package init(
    name: String, value: String
  ) {
    self.name = name
    self.value = value
  }
}
