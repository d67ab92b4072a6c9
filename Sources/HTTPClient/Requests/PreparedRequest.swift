/// A checked request with its identity and its deadline, ready for the loop.
struct PreparedRequest: Sendable {
  typealias ID = UInt64

  let id: ID
  let request: HTTPRequest
  let host: Host
  let deadline: ContinuousClock.Instant
  let receiver: any ResponseReceiver

  init(id: ID, _ request: HTTPRequest, receiver: any ResponseReceiver) throws(HTTPClientError) {
    try request.validate()
    self.id = id
    self.request = request
    self.host = try Host(url: request.url)
    self.deadline = .now + request.timeout
    self.receiver = receiver
  }
}
