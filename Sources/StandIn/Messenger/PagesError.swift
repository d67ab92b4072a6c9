/// Why a call for a page or an Instagram account was refused, as the Messenger Platform says it ("Error codes"): one code
/// for what is wrong with a parameter, and none of WhatsApp's.
struct PagesError: Error, Encodable {
  private struct Body: Encodable {
    let message: String
    let type = "OAuthException"
    let code: Int
    let fbtrace_id = "stand-in"
  }

  let status: Int
  private let error: Body

  private enum CodingKeys: CodingKey { case error }

  init(_ refused: StandInError) {
    let isOfWhatsApp = (131_000...135_999).contains(refused.code) && refused.status == 400
    status = refused.status
    error = Body(
      message: isOfWhatsApp || refused.code == 100
        ? "(#100) Param \(refused.details)" : "(#\(refused.code)) \(refused.title)",
      code: isOfWhatsApp ? 100 : refused.code)
  }
}
