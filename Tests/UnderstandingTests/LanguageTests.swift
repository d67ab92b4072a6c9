import Testing

@testable import Understanding

@Suite struct LanguageTests {
  @Test(arguments: [
    ("en", "Where is my order? I have been waiting for two weeks."),
    ("de", "Wo bleibt meine Bestellung? Ich warte seit zwei Wochen."),
    ("fr", "Où est ma commande ? J'attends depuis deux semaines."),
    ("es", "¿Dónde está mi pedido? Llevo dos semanas esperando."),
    ("it", "Dov'è il mio ordine? Sto aspettando da due settimane."),
    ("pt", "Onde está a minha encomenda? Estou à espera há duas semanas."),
    ("nl", "Waar is mijn bestelling? Ik wacht al twee weken."),
    ("sv", "Var är min beställning? Jag har väntat i två veckor."),
    ("da", "Hvor er min bestilling? Jeg har ventet i to uger på den."),
    ("fi", "Missä tilaukseni on? Olen odottanut jo kaksi viikkoa."),
    ("pl", "Gdzie jest moje zamówienie? Czekam już dwa tygodnie."),
    ("cs", "Kde je moje objednávka? Čekám už dva týdny."),
    ("sk", "Kde je moja objednávka? Čakám už dva týždne."),
    ("hu", "Hol van a rendelésem? Már két hete várok."),
    ("ro", "Unde este comanda mea? Aștept de două săptămâni."),
    ("tr", "Siparişim nerede? İki haftadır bekliyorum."),
    ("el", "Πού είναι η παραγγελία μου; Περιμένω δύο εβδομάδες."),
    ("ru", "Где мой заказ? Я жду уже две недели."),
    ("uk", "Де моє замовлення? Я чекаю вже два тижні."),
    ("bg", "Къде е моята поръчка? Чакам вече две седмици."),
    ("sr", "Где је моја поруџбина? Чекам већ две недеље."),
    ("ar", "أين طلبي؟ أنا أنتظر منذ أسبوعين."),
    ("fa", "سفارش من کجاست؟ دو هفته است که منتظر هستم."),
    ("he", "איפה ההזמנה שלי? אני מחכה כבר שבועיים."),
    ("hi", "मेरा ऑर्डर कहाँ है? मैं दो सप्ताह से इंतज़ार कर रहा हूँ।"),
    ("bn", "আমার অর্ডার কোথায়? আমি দুই সপ্তাহ ধরে অপেক্ষা করছি।"),
    ("ta", "என் ஆர்டர் எங்கே? நான் இரண்டு வாரங்களாக காத்திருக்கிறேன்."),
    ("th", "คำสั่งซื้อของฉันอยู่ที่ไหน ฉันรอมาสองสัปดาห์แล้ว"),
    ("vi", "Đơn hàng của tôi ở đâu? Tôi đã chờ hai tuần rồi."),
    ("id", "Bagaimana cara mengubah alamat pengiriman? Terima kasih banyak."),
    ("ja", "注文した商品はどこですか。もう二週間待っています。"),
    ("ko", "제 주문은 어디에 있나요? 벌써 두 주째 기다리고 있습니다."),
    ("zh", "我的订单在哪里？我已经等了两个星期了。"),
    ("zh-Hant", "我的訂單在哪裡？我已經等了兩個星期了。"),
    ("lt", "Kur yra mano užsakymas? Laukiu jau dvi savaites."),
    ("lv", "Kur ir mans pasūtījums? Es gaidu jau divas nedēļas."),
    ("et", "Kus on minu tellimus? Ootan juba kaks nädalat."),
    ("sl", "Kje je moje naročilo? Čakam že dva tedna."),
  ]) func aMessageIsOfItsLanguage(_ code: String, _ text: String) {
    #expect(LanguageGuess(of: text).language == code)
  }

  @Test func whatIsNoLanguageIsUndetermined() {
    for text in ["", "   ", "12345", "🙂🙂", "\u{0}", "?!"] {
      #expect(LanguageGuess(of: text) == .undetermined, "\(text)")
    }
  }

  @Test func aLongTextIsCutAtAWholeCharacter() {
    for shift in 0..<4 {
      let text = String(repeating: "x", count: shift) + String(repeating: "Привет, как дела? 😀 ", count: 500)
      #expect(LanguageGuess(of: text).language == "ru")
    }
  }
}
