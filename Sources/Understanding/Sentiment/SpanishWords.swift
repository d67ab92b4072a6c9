extension Tongue {
  static let spanish = Tongue(
    lines: """
      -3.4 estafa estafas estafan estafó estafad* estafar* ladrón ladrones ladrona* un_timo timos timador* sinvergüenza*
      -3.4 mierda* cabron* puta puto putos putas gilipollas pendej* ratero* hdp jodid* chinga*
      -3.0 vergüenza* vergonzos* inaceptable* intolerable* inadmisible* indignant* indignad* escándalo* escandalos* asco
      -3.0 asqueros* pésim* nefast* lamentable* deplorable* porquería* furios* falta_de_respeto maldit* carajo
      -3.0 falta_de_educación enfadad* enojad* cabread* basta_ya criminal* delincuent* harto harta hartos hartas
      -3.0 tomando_el_pelo toman_el_pelo tomáis_el_pelo tomar_el_pelo tomadura_de_pelo joder caradura* impresentable*
      -3.0 incompeten* mentir* mienten inútiles idiot* imbécil* una_broma fuera_de_mí es_un_robo robando
      -2.8 horrible* horroros* desastr* basura* indecen* patétic* odio malísim* colmo
      -2.6 peor peores rabia fraud* engañ* inept* ridícul* burla* abuso* abusiv* denunci* pesadilla* terrible* espantos*
      -2.6 payas* irrespetuos* maleducad* groser* insult* nunca_más inútil*
      -2.2 ilegal* policía abogad* demandar* chapuza* cutre* defraud* pérdida_de_tiempo inservible* estúpid*
      -2.0 decepcion* insatisfech* descontent* deficiente* mediocre* desagradable* frustr* desesper* negligen*
      -2.0 gracias_por_nada robo roban robaron
      -1.8 mal malo mala malos malas disgust* molesto molesta molestos molestas poco_serio poco_seria no_es_serio
      -1.8 no_puede_ser
      -1.6 triste* queja* quejar* ignora* sucio sucia sucios sucias suciedad cobrado_de_más cobraron_de_más cobran_de_más
      -1.6 cansado cansada cansados cansadas
      -1.4 roto rota rotos rotas dañad* defect* avería averías averiad* estropead* problema* fallo fallos falla fallas fallan
      -1.4 fallando falló incorrect* imposible* sin_resolver* sin_solución rechaz*
      -1.2 error errores retras* lento lenta lentos lentas lentitud lentísim* demoras demorad* falta faltan faltó faltaba
      -1.2 faltaban equivocad* incomplet* caro caros carísim* complicad* lástima pena perdid* preocupad* muy_tarde
      -1.2 demasiado_tarde reclama*
      -1.0 esperando difícil* bloquead*
      -0.9 desgraciadamente lamentablemente desafortunadamente lastimosamente
      0 funcion* lleg* respond* respuesta* contest* recib* resuelt* resuelv* resolv* solucion* devuelv* devuelt* reembols*
      0 sirve* atiend* entreg* normal* llamado llamó más_rápido_posible correct* hace_falta tan_amable buenos_días
      0 buenas_tardes buenas_noches buen_día buena_tarde
      0.7 mejor bueno buenas ok
      1.1 bien
      1.4 buena buenos buen gusta gustan gustó gustado rápido rápida rápidos rápidas rapidez útil útiles práctic* fácil*
      1.4 atento atenta atentos ayudó ayudaron barat* confianza
      1.8 gracias agradec* agradez* content* satisfech* satisfac* amabl* amabilidad eficien* eficaz* bonit* lindo linda
      1.8 recomiendo recomendable* recomendad* confiable* agradable* guay vale_la_pena gran_ayuda
      2.2 feliz felices alegr* encant* precioso preciosa preciosos preciosas hermoso hermosa hermosos hermosas hermosura
      2.2 mejores super súper top chévere* felicidades felicit* bravo estupend* padrísim*
      2.8 genial* perfect* excelent* maravill* fantástic* fenomenal* magnífic* espectacular* inmejorable* impecable*
      2.8 inolvidable*
      """,
    negations: "no nadie nunca jamás ningún ninguna ninguno sin ni nada tampoco",
    intensifiers: """
      muy tan super súper realmente totalmente absolutamente completamente extremadamente demasiado bastante sumamente bien
      verdaderamente increíblemente re
      """,
    turns: "pero embargo obstante")
}
