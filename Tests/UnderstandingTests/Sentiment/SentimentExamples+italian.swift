extension SentimentExamples {
  static let italian = SentimentExamples(
    angry: """
      È una vergogna, aspetto da tre settimane e nessuno risponde!
      SIETE DEI LADRI, RIDATEMI I MIEI SOLDI!!!
      È una truffa, vi denuncio
      Servizio pessimo, il peggiore che abbia mai visto
      Sono furioso, è inaccettabile
      Mi state prendendo in giro? Siete ridicoli!
      Che schifo di azienda, mai più
      Sono stufa di aspettare, siete degli incompetenti
      Vergognatevi, mi rivolgerò al mio avvocato
      Grazie di niente, siete dei bugiardi e dei truffatori
      e uno scandalo mi avete addebitato due volte e rifiutate il rimborso
      Assistenza INESISTENTE, sono arrabbiatissimo 😡
      Sono due mesi che chiamo e nessuno fa niente, adesso basta! Vado dai carabinieri
      Mi avete rubato 200 euro, siete dei criminali
      Mi hanno riattaccato il telefono in faccia, roba da matti!!
      Non comprerò MAI PIÙ da voi, siete una delusione totale
      È una presa per i fondelli, voglio il rimborso immediato
      Servizio clienti da terzo mondo, fate veramente pena
      Quattro ore al telefono per sentirmi dire di richiamare domani, è uno scherzo?
      Disdico, sono stanco delle vostre bugie!
      Volo cancellato senza avviso e nessuna assistenza, una compagnia vergognosa
      La vostra banca è incompetente, mi hanno svuotato il conto e nessuno fa niente
      È la terza volta che succede, siete degli imbecilli
      """,
    negative: """
      Il prodotto è arrivato rotto
      Sono deluso dalla qualità
      La consegna è di nuovo in ritardo
      L'app non funziona da ieri
      Non sono soddisfatta della risposta
      Non ho ancora ricevuto il rimborso
      Il prodotto è bello ma la spedizione è stata lentissima
      Grazie per la risposta, ma il problema non è risolto
      Mancano due articoli nel mio ordine
      Non mi piace per niente
      purtroppo la taglia e sbagliata
      Lo schermo è danneggiato 😕
      I pantaloni sono piccoli e il tessuto è di scarsa qualità
      Mi avete addebitato due volte lo stesso ordine
      Nessuno mi ha ancora richiamato
      Il pacco è arrivato aperto e mancava il caricatore
      Il codice sconto non funziona
      È troppo caro per quello che offre
      Sono senza internet da ieri sera
      Il consulente non ha saputo rispondere alla mia domanda
      Sono un po' delusa dall'hotel
      La bolletta è più alta del previsto
      """,
    neutral: """
      Dov'è il mio ordine?
      Quando arriva il mio pacco?
      Buongiorno, come posso cambiare il mio indirizzo?
      Ho ordinato due sedie lunedì
      Posso pagare con bonifico?
      Quanto ci vuole per la spedizione in Sicilia?
      Vorrei sapere se questo articolo è disponibile in blu
      Il mio numero d'ordine è 45871
      Come faccio a restituire un articolo?
      Sì, l'indirizzo è questo
      Buona sera, a che ora apre il negozio?
      Devo modificare la data dell'appuntamento
      Salve, vorrei annullare il mio ordine 7781
      Quali documenti servono per aprire un conto?
      Il negozio di Torino è aperto domenica?
      Vi allego la fattura
      Avete questo modello nella taglia 42?
      Come posso chiedere un rimborso?
      Vorrei disdire il mio abbonamento a fine mese
      Si può aggiungere un bagaglio dopo la prenotazione?
      Il mio appuntamento è alle 14, devo portare la tessera sanitaria?
      Ciao, non trovo dove scaricare la fattura, potete indicarmi il link?
      """,
    positive: """
      Grazie mille per l'aiuto!
      Ottimo servizio, lo consiglio
      Perfetto, adesso funziona 👍
      Niente male, mi piace
      Sono molto soddisfatta del mio acquisto
      Siete i migliori, grazie davvero
      Spedizione veloce e prodotto di qualità, bravi
      Ci ha messo un po' ma il prodotto è bellissimo
      Nessun problema, è arrivato tutto bene, grazie
      Gentilissimi, sono contento
      grazie siete stati velocissimi
      Lo adoro, è proprio quello che volevo
      Perfetto, grazie per la risposta così veloce
      Tutto sistemato, siete stati di grande aiuto
      Volevo fare i complimenti allo staff per la professionalità
      Il divano è ancora più bello dal vivo, siamo molto contenti
      Tutto ok, comprerò di nuovo da voi
      Che meraviglia, consegnato in un giorno
      La tecnica è stata molto competente, grazie a lei
      Soggiorno indimenticabile, torneremo
      Mi avete salvato la vita, grazie!!
      L'applicazione è fatta molto bene
      """)
}
