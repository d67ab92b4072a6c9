extension Tongue {
  static let italian = Tongue(
    lines: """
      -3.4 truffa truffe truffat* truffar* truffator* truffaldin* ladro ladri ladra ladre imbrogli* raggir* merda merde
      -3.4 merdos* merdat* stronz* cazzo cazzat* vaffanculo coglion* bastard* incazz*
      -3.0 vergogn* scandal* inaccettabil* intollerabil* inammissibil* indecen* indegn* schifo schifos* schifezz* schifat*
      -3.0 pessim* disgust* orribil* orrend* ripugn* furios* furibond* bugiard* menzogn* delinquent* criminal* arrabbiat*
      -3.0 prendendo_in_giro presa_in_giro prendete_in_giro prendono_in_giro prendermi_in_giro mancanza_di_rispetto presa_per
      -3.0 incompeten* bugie idiot* imbecill* cretin* uno_scherzo fuori_di_me avete_rubato state_rubando
      -2.8 roba_da_matti stufo sono_stufa stufi siamo_stufe fregat* frode frodi frodat* frodare ingann* disastr* catastrof*
      -2.8 odio buffone buffoni buffonat* pagliacc* indignat*
      -2.6 adesso_basta ora_basta peggior* ridicol* incubo terribil* denunci* querel* insult* mai_più esasperat* spazzatura
      -2.6 assurd*
      -2.2 carabinieri polizia illegal* avvocat* vie_legali peggio inesistent* penos* maleducat* scortes* inutil* incapac*
      -2.2 scadent* irritat* perdita_di_tempo stupid*
      -2.0 delus* deludent* insoddisfa* scontent* mediocr* frustr* disperat* poco_serio poco_seri grazie_di_niente
      -2.0 non_serve_a_niente grazie_per_niente grazie_di_nulla rubat* rubano
      -1.8 male cattiv* brutt* rovinat*
      -1.6 fastidi* triste tristi tristezza tristissim* lamentel* lamentar* non_va_bene ignorat* rifiut* sporc* stanco stanca
      -1.6 stanchi stanche
      -1.4 scars* rotto rotta rotti rotte dannegg* difett* guasto guasta guasti guaste guastat* problem* impossibil*
      -1.4 malfunzion*
      -1.2 errore errori sbagli* errat* ritard* lento lenta lentissim* lentezza manca mancano mancant* mancava troppo_caro
      -1.2 troppo_cara complicat* peccato incomplet* smarrit* perso persa preoccupat* reclamo reclami
      -1.0 aspettando aspetto_da aspettiamo_da attendo_da difficil* bloccat*
      -0.9 purtroppo sfortunatamente
      0 funzion* arriv* rispond* rispost* ricev* risol* rimbors* consegnat* richiamat* normale serio seria corrispond*
      0 accettabil* va_bene un_consiglio per_cortesia gentili_signori buon_giorno buona_giornata buona_sera buona_serata
      0 buona_notte buon_pomeriggio
      0.7 gentile migliore ok
      1.1 bene
      1.4 buon buono buona buoni buone rapido rapida rapidi rapidità veloce veloci velocità utile utili comodo comoda comodi
      1.4 comode comodità comodissim* facil* cortese cortesi cortesia
      1.6 piace piaciut* piacevol* ringrazi* bello bella belli belle consiglio consigliat* apprezz* puntual* lieto lieta
      1.8 grazie grazie_mille mille_grazie grande_aiuto tutto_ok content* soddisfatt* gentili gentilissim* gentilezza
      1.8 efficien* simpatic* affidabil*
      2.2 bravo brava bravi brave bravissim* felice felici felicità felicissim* velocissim* migliori amo super top incantat*
      2.2 delizios*
      2.4 ottim* bellissim* complimenti genial* figata consigliatissim* benissimo
      2.8 perfett* eccellent* eccezional* fantastic* meravigli* stupend* magnific* splendid* impeccabil* adoro entusiast*
      2.8 indimenticabil*
      """,
    negations: "non mai nessun nessuna nessuno senza niente nulla neanche nemmeno neppure",
    intensifiers: """
      molto davvero veramente proprio troppo assolutamente totalmente completamente estremamente così tanto super decisamente
      incredibilmente
      """,
    turns: "ma però tuttavia", elides: true)
}
