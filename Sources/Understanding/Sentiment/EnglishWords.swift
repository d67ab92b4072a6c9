// A list of words, a line for each valence: longer than other files because English is.
// Word valences of VADER (vaderSentiment 3.3.2, vader_lexicon.txt): single words of letters, rounded to tenths, without slurs and
// what rather names something (Kia, Mia, Rob, pita, PO).
//
// The MIT License (MIT)
//
// Copyright (c) 2016 C.J. Hutto
//
// Permission is hereby granted, free of charge, to any person obtaining a copy
// of this software and associated documentation files (the "Software"), to deal
// in the Software without restriction, including without limitation the rights
// to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
// copies of the Software, and to permit persons to whom the Software is
// furnished to do so, subject to the following conditions:
//
// The above copyright notice and this permission notice shall be included in all
// copies or substantial portions of the Software.
//
// THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
// IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
// FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
// AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
// LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
// OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
// SOFTWARE.

/// English words with how they feel, from -4 to 4: each line has a valence and the words of it.
private enum EnglishWords {
  static let lines = """
    -3.8 slavery
    -3.7 fu kill murder rape terrorist
    -3.6 hatefulness hell motherfucker murderer terrorism
    -3.5 fatality killed killings suicidal suicide torturers
    -3.4 apocalyptic brutalizing cancer catastrophe devil evil evilly excruciation fucked horrific
    -3.4 killing murdered shittiest tragedy villains
    -3.3 dead devastating evillest excruciating fucker heartbroken horrifyingly killer killers murderers
    -3.3 murdering terrorised terrorises terroristic terrorize
    -3.2 abuse abusive betray brutalises brutalizes devastative doomed dreadfulness fatally fuckface
    -3.2 fuking hated hatred hellish murderee murderous pissed scumbag terrorisms
    -3.1 abhorrent angriest brutal bullied cocksucker crisis devastate dickhead direful disaster enslave
    -3.1 evildoer evildoing evilness fuckhead fucktard hopelessness molests murderees murderously poisoners
    -3.1 racism shithead sluttiest terrorise terrorists terrorized terrorizes vile violence worst
    -3 abusivenesses bastards betrayed bitchiest brutality brutally destructive devastated disgustedly
    -3 dismal douchebag dx foetor fubar horridnesses infuriated murders racist saddest terrified
    -3 terrorising terrorizing torturing traumatization
    -2.9 abhors afu anguish assassination bitches brutalised brutalize bullying cruellest cruelness cruelty
    -2.9 death devastators die disastrous disgust disgustingly drowned eviller excruciatingly
    -2.9 fatalities fuckers harshest havoc horrifically horrifies irate molestations murderousness obliterate
    -2.9 poisonously sinister torture villainess villainously violent war warmonger wickedest
    -2.8 abduction abusively assault assaultive assholes betrayal bitch brutalising bullshit condemnation
    -2.8 contempt cruel cruelly damnified degrading devastates devastator devilry deviltry dooming doomsday
    -2.8 enraging ffs fraud greediest harassers heartlessly heartlessness horrendous jackasses maddest
    -2.8 miserableness molesting motherfucking obscene offensively perverts poisoning rageful remorselessness
    -2.8 repulse ruin ruinate scams sob stab traumatically traumatise ugliest violently warmongers
    -2.8 whored wtf
    -2.7 agonizing anger anguishing antagonizing assassinations attacker attackers bastardly bastardy bfd
    -2.7 bitchery brutalise chaos corpse criminals crude degradingly depression despaired despairs despising
    -2.7 destruction devils dishonest dreaded dreadfully drown evils excruciate fearing fuming furious fury
    -2.7 grievousness grim hate heartbreak horrifying horror horrors humiliation injustice insanity
    -2.7 joylessness laziest loathing miseries misery moronic negative nfc painfulness pathetic poisoner
    -2.7 poisonous poisons ruination ruinous scam sluttier stealing terrifying terrorization
    -2.7 torturous totalitarianism tragically traumatic travesty treasonous ugliness unlovable villainousness
    -2.7 virulent weep wrathful
    -2.6 abuser abusers abuses alarmingly ban bankrupt bastardising bfe bitched bitchily bitchiness
    -2.6 brutalities cheating cocksuckers compassionless crappy cruelest damnation damnatory destroying
    -2.6 destroys destructionist died disasters disgustful distraught dumbass dumbhead enrage fascist fired
    -2.6 gloom harassments harmfully harmfulness harming humiliatingly hurtfully idiotic illegal infuriates
    -2.6 killingly lousiest lowbred miserliness murderesses nastinesses nasty perversity petrifying
    -2.6 prejudicial punishers punishing rage rancidity rancidness riot robber ruinously sadden
    -2.6 savageness shamed shit shitheads shitty sin sinful starved stressfully stupidnesses terriblenesses
    -2.6 terribly terrifies terrors tortured victimizing villain villainy violater wars whoremonger woebegone
    -2.5 abusiveness aggravate ass assaults assfucking bad bastard betraying betrays chastise cheater choke
    -2.5 crestfallen crime curse dangering despisements destroy destructing enemy evildoings evilest fail
    -2.5 fatal fearfullest felonies felony fraudster fuck fuked goddam harassed harasses harassing harassment
    -2.5 harm horrible horrid horrified horrify hostility humiliate joyless kills lamebrained livid lousy
    -2.5 outraged perverted petrified pissants poison poorest prisoner racists rancid rancidly rejection
    -2.5 rudest savagery sickened sluttishness snafu sobs sorrowfulness stinkpot strangled stupider suffer
    -2.5 tard tortures troubling uglinesses unhappiest victimising victimize violating wanker warmongering
    -2.5 whoresons
    -2.4 abandonment abhorred agonises appall arrogance assaulted bastardization bastardize brutalized
    -2.4 casualty conspiracy contemptuously criminal crudest crueller damnifying damnit danger dangered
    -2.4 degradation dehumanizing despisement destruct destructively destructiveness destructs devastatingly
    -2.4 devilkin dirtiest disgusted disgusting dissatisfying distress distressfulness distrusted doomsdays
    -2.4 dreadfuls dreading dullsville evildoers fkm foreclosures fraudsters frustrated goddammed harasser
    -2.4 horribleness horribly humiliations hurt hurtful indignation infuriating liars loneliest loser losers
    -2.4 lying mofo mourns naggiest nastiest neglected nfw painfully poisonings prejudicialness puke
    -2.4 punish raging reek revenge revengeful sabotage saddened sadder savages scandalous
    -2.4 shamefulness sickening sorrow sorrowed spite spited stenchful stinking stupid stupidest sucker
    -2.4 sufferers swindle terror thief threat threatening tragical trapped traumatised traumatism traumatize
    -2.4 unhappier unhappiness unhealthy viciousness violated violaters violations violative violator warred
    -2.4 weepiest whoredoms wicked wth
    -2.3 abducted abused agonised agonize agonizes agonizingly angered angers angrier angry assaulting
    -2.3 bastardised bastardises bastardizing bitcheries bitchy bitterest blameworthy brutalizations cheated
    -2.3 condemns crueler cruelties cwot damaging dearth dejecting depressed depressingly despairing
    -2.3 destroyers destructions devilishness devilled dick disappointment disconsolate disheartenment
    -2.3 disturbing disturbingly doa downhearted dumb dumbest effin egotist failed failing failure fiasco
    -2.3 foetid frauds fraudulence frightful grieving grouchiest hatefully hating horridness hurter idiot
    -2.3 ignoramuses impolitenesses incompetence insult insulted insultingly irritant irritation lazier liar
    -2.3 molester mourningly nastier negativity numbskull obnoxiously offending offensiveness outcry outrage
    -2.3 outrages pain panic pervert petrifies pollute poverty prblms prejudice prison prisoners punitive
    -2.3 regrettable rejected rejectee remorseless riots rotten shamefaced shamefulnesses sick slutty
    -2.3 sorrower sorrowfully spitefully spitefulnesses starves steals stench stenchy stinkard stressful
    -2.3 stricken stupids suckers terrify thieves torturer traumatizing troublesome trustless ugly unethical
    -2.3 unjust unloving unprofessional victimization villainies violates weakest worsen
    -2.2 aching agonized angering annoyer antagonistically arrogant blaming bomb bsod bully catastrophic
    -2.2 chaotic chastised collapse contemptuous damage damnify damns dangers darkest deject dejected
    -2.2 depress depresses depressions despairingly desperations destroyed destructivity deviling
    -2.2 disappointing disgrace disheartened disheartenments disheartens dismaying disparaging
    -2.2 dissatisfaction dissatisfy distressful distressingly dolorous doomsdayer doomster drowns enemies
    -2.2 failings fear feared fearful fearfuller fearfully feuded fools fraudulent frightening grief grouch
    -2.2 harass harms harsher hateful haters heartbreaker heartless heroin hopelessly hostilely illnesses
    -2.2 imbecile infected infuriate insulting jailed loathe lousier lowlifes lunatic mad maddening
    -2.2 masochistic menace miserable molesters moron murderess neglects numbskulls overreacts perpetrator
    -2.2 perversely pitiful poisoned pollutes powerless prosecution punishment qq rejects repressors repulsed
    -2.2 revengefulness rudely saddening savagely scandals scare scary screwed shameful sickener sickeners
    -2.2 sluttish sorrowful spammer steal stealers stolen suffered thieve threateningly torturously tragics
    -2.2 traumas traumatises traumatizations troublemakers uglier uglification uglifying unhappinesses
    -2.2 uninvolved violate violation wasted whoreson wickeder wickednesses
    -2.1 accident agitators agonise amort anguishes apprehension arrested ashamed attack badly bankster
    -2.1 bastardise bastardizations bereave bereaved blamed blamer broken brutalization btd choked cry crying
    -2.1 dangerous defeated defeatists defectively degrades depressively deprival deprive deprived despondent
    -2.1 destructionists devilish dipshit disabling disadvantageously disappointed disdain disgusts
    -2.1 distrustful distrusting disturbers doomful eviler fake faultfinding faultier faultiest faults
    -2.1 flawed flunked foetors freakish frighteningly frustration fucks gloomful glum goddamn goddamns
    -2.1 grievance grieves gross grossest harmed haunted heartbreakers heavyhearted helplessness hooliganism
    -2.1 horribles hostilities hurts immoralist immorally incompetent infringement irrationalist irritable
    -2.1 irritants jeopardy killjoy libelous loathed lowlives lugubrious maniac miserably molest moodiest
    -2.1 nasties neglectfully nme obliterated obnoxiousness oppressed persecute perverseness perversive
    -2.1 pitilessly poor punishes rages rejections resentful revenger ruder ruined sad scaremonger selfish
    -2.1 shame shattered shits shittier shylock sickeningly sluttishly smartass smuggler smuggling snubs
    -2.1 spamming stinkiest stressors suckering suffering suffers suspended terrible thieveries totalitarian
    -2.1 troublous troublously uglify uglily uneasiest unfair unlovely unpleasant upsetting vitriolic
    -2.1 weakliest whoredom wickedly wickedness widowed woefulness worrit worse worsens wrong
    -2 abandoned abductions abhor abusing affectionless agitated antagonize appalled appallingly arguing
    -2 attacked attacking awful banned bastardized beating belittled bitchier bitterly blamers censor cheat
    -2 chokes choking contagion contemptibilities coward crudeness crudenesses cruder damagers damagingly
    -2 damningly dangerously dangerousness deceit defeat degradative degrader degraders dejects depriving
    -2 desperation despises destroyer dire disappointments discouragement disgraced dishearten
    -2 dishearteningly disparage disrespected dissatisfactory dread eviction exploited failures falsify
    -2 faultily foes foolishnesses forced frustrate frustratingly frustrations greedier grieved grievous
    -2 grimaced grouchier grouchiness guiltier heartbreaking helpless heroinism hopeless hypocritical
    -2 immoral imprisoned incensed inferiorly insipid insulter insulters irritated irritating irritatingly
    -2 irritative jealous jealousies jealously lamely lament lamenting lowlight melancholiac
    -2 misrepresentation mocks neglect neglectful neglectfulness obnoxious offends offensive outrageous
    -2 outraging panicked penalty pessimisms pessimistically phobias pisser polluted polluters
    -2 problematically punished raged reeked reeking regrettably regretters rejecting remorselessly
    -2 resentfulness revengers ridicule robs rude rudesby ruiner savage savaged scaremongers screwiest
    -2 selfishnesses severely shamefacedness shamelessnesses sickens sins sluttishnesses snob snobbery
    -2 snubbed stresses stupidities stupidly sucked suckered sufferer swindling thievery thoughtless
    -2 threatened threating tragic troubled troublemaker troubles uglies unacceptable unfortunate
    -2 ungrateful unintelligent uninvolving unloveliness unworthy upsetters vexing victimhood villainesses
    -2 villainous vulture wept whoremongers worriedly worrisomely worsening worser
    -1.9 abandon abandoner abandoners admonished aggravated aggravates aghast angerly animosity annoy
    -1.9 antagonism antagonist appalls arrests arrogances atab attacks aversion banish belittle bereaves
    -1.9 bitterer block bloody burden chagrin cheaters chucklehead condemned contemptibleness contradictious
    -1.9 criticise criticism crushes damaged damager damages deceitful deceived deception defeature defective
    -1.9 defector degrade dehumanized denied denounces destructed devastations devilment dirty
    -1.9 disagreeablenesses disappointingly discouragers discourages discouraging discredited disillusioned
    -1.9 dismayed dismayingly displeased dissatisfactions disturbs dreadful dullnesses dumbheads dumbness
    -1.9 embarrassment emptiness excruciations expel exploiting fightings flunker foe fool forbidding
    -1.9 forbiddingly foughten frantic freak freeload frightened frightfulness frustrates frustrating
    -1.9 furiously futile gloomed goddams greedily griever grouchy harsh hates horrendously hurters
    -1.9 hurtfulness hysteria idealess ignorami ignoramus illiteracy incapacitated inconsiderate
    -1.9 inferiorities insincerely intimidated intimidating irresponsible lamentations loathes lowbrow
    -1.9 ludicrousness madness meaningless melancholy mindless misbehave molestation molested moochers mope
    -1.9 mournfuller mourning nastily notorious painful panicking panics passionless perjury petrifaction
    -1.9 prejudiced problematic pukes punishable punisher regretful regretfully resentment resentments
    -1.9 revenges ruins saddens sadness savageries scandal scared scaring shamefacedly shamefully sicken
    -1.9 smothers sobbed spiteful stabbed stabs stank starve stealings stupidity suck sucky terribleness
    -1.9 tired tragedies traumatising treason troublers troublesomeness unattractive undeserving undesirable
    -1.9 unemployment unfortunates unhappily unloved unlovelier unloveliest unsavory upsetter vexation
    -1.9 violators warring weak weaker weapons weeper weeping weepings whorehouses whoremaster woeful woes
    -1.9 worriments worrisomeness worry worsened worthless wreck wronged zealot
    -1.8 adversity aggressiveness agitating agony angrily anguished annoyances annoys argumentatively
    -1.8 arrogantly avoider bastardies bastardizes beaten bitter bittered blamable blamably broke burdensome
    -1.8 charmless cheats comfortless complainer conflictive criticised crushed damnableness damnifies
    -1.8 defecting defectiveness defectives degraded dehumanize denies depressor deprivation deprivations
    -1.8 despiser destructibility detain devastation devilling disadvantage disadvantageous disagreements
    -1.8 discomfort discontented discourage discouragements discouragingly disheartening dismay dismays
    -1.8 disqualified disrespect dissatisfies distressed distrust distrustfully downcast dullards dumpish
    -1.8 duped dysfunction egotistically emptiest enrages erroneous exasperated fails faithlessness fakes
    -1.8 faking fcol fearfulness fears flunkey flunks flunky foeman fooleries foolery foolishly foolishness
    -1.8 forbidden freaking freakout fumed gloomiest gloominess glooming goddamned gossipping greenwash
    -1.8 grimaces grimy grossness guiltiness guilty hater heartbreakingly heartbreaks homesickness
    -1.8 homesicknesses hysterics ill impatience impolitely impoliteness indignant injury insecure
    -1.8 insecureness insecurities insecurity insensitivity insincere insults intimidation irritably irritate
    -1.8 jackass lame lies loneliness lonesomeness lowery lowliest miser misunderstanding mock mourn mourners
    -1.8 mournfulness nagger neurotically pained pains pathetically perverse pitifuller pitiless polluter
    -1.8 prejudices prejudicing problematical promiscuity prosecutes protesting puked puking punishments
    -1.8 rebelliously recession regret rejectees rejecters rejective rejector repressing ridicules ridiculing
    -1.8 sadly scornful sedition shitting smother snub somber stampede starving stress stressor struggling
    -1.8 tantrum temper threateners threats ticked trauma troublemaking troublesomely ugh uglifies
    -1.8 uneasinesses unfulfilled ungratefully unhappy useless vain victimized victimizer warfares waste
    -1.8 weaken weakly weakness weepier weirdo whines wiseass woe worrier worries worrywart yucky
    -1.7 abandonments acrimonious agitate angriness annoying antagonistic antagonists arguments ashamedly
    -1.7 avoidance battleground bitterness blameful blames blind botheration boycotted boycotting burdened
    -1.7 burdeners chastises chastising cheerless cheerlessness complained complainingly complaints
    -1.7 conflicting crash cries criticising cynicism cynicisms damn damnable damnably decay decaying decays
    -1.7 deceive defeatist defected defects deficit depressible depressors deprives despised detained
    -1.7 difficultly disadvantaged disadvantages disagreeable disagreeableness disappoint disappointedly
    -1.7 disconsolation discord discouraged discourager disillusionment disliked dislikes disorder dispute
    -1.7 disputing distorted distressfully distressing disturb doom doomsayers dull duller dullest dumped
    -1.7 dumps dumpy egotists embarrasses embarrassingly embarrassments enraged enslaved error farce
    -1.7 fatalisms fault fearsome fights fooling foolisher freebooter frightens frightfully greed greediness
    -1.7 grievously grouching guiltiest hacked haunt helplessnesses hindrance hurting idealless ignoring
    -1.7 illness immoralists impatiently inability inadequacies inadequacy inadequate inadequateness inferior
    -1.7 injured insane interruptions irrationality irritabilities irritableness irritates isolation
    -1.7 jealousness joylessly killjoys lose losses lousiness lowlier madly maniacally masochist menaced
    -1.7 misbehaving misleading mocking mooch mooching mournfully nagana nagged nagging naggy neglecter
    -1.7 neglecting nonsense oppressive optionless overreacted painfuller paining peril perverter petrify
    -1.7 piss pissing problem problems prosecute provoke punishabilities rash reckless reeker refusing
    -1.7 regretting reject rejectingly repressions repressively scapegoat scarer scarey scold scorn scream
    -1.7 screwup seditious selfishness shames shitted shocking sluggish smartasses smuggles smugnesses
    -1.7 snobbishnesses snobby sorrowing stealable stealer stink strained stubborn stupidness sullen
    -1.7 suspiciously tensions traumata traumatized trouble unappreciated uncomfortably uncontrollability
    -1.7 unease unfocused unsatisfied unsuccessfully unsupported unwelcome wasting woefully worriers
    -1.7 worrisome
    -1.6 abandoning ache ached agitatedly amoral annoyed arguer argues aversive battle battlefield battles
    -1.6 bitterish blamefully blameworthiness blocking bothering bummer carelessnesses complains condemn
    -1.6 conflicts confrontational contemptible contradictors cowardly crap craziness cried criticize
    -1.6 criticizers cynical damned decayed decayer decayers deceives defeating demoralized depressant
    -1.6 depressants depressing depressive depriver desperately despisers deviled devilishly devilries
    -1.6 disadvantageousness disagree disappoints discomfortable discomforted discomforting disillusions
    -1.6 dislike disparages disregarded dissatisfied distraction distractive distresses distrustfulness
    -1.6 disturbance disturbed doomsters doubter dullard dumbfounded dump dumpiest embarrassable embarrassing
    -1.6 emergency enslaves expelling expels falsified feuding fight flu flunkers fooled foolhardiness
    -1.6 forbidder freakiest freeloaded freezingly fright funerals glamourless gossiping grave gravesides
    -1.6 grieve grimier griminess gullibility hostile ignorantly immoralism impolite inadequatenesses
    -1.6 incapable ineffectuality inhibit interrogated intimidator intimidators irrationally jaded
    -1.6 lackadaisical lamebrain lied losing louse lowest lunatics manipulated masochism masochistically
    -1.6 melancholias misbehaved misbehaves misinformed mistaker mistakers mockeries mourner mournful
    -1.6 obstacles paranoids phobia pleasureless prblm pricklier prosecuted punishability rancidnesses
    -1.6 regretfulness regretted regretter rejecter reluctancy repression resented restrict restricted
    -1.6 restricting ridiculer ridiculers ridiculousnesses riskinesses ruinable ruinations ruing screaming
    -1.6 severe severer shock shocks shyster slam sleeplessness smuggle snobbily sobbing sorrows spammers
    -1.6 stingy stunk suspicion talentless tensioner threaten threatens tumor uncomfortable unconvinced
    -1.6 uneasiness uneasy ungratefulness unkind unsecured upset uptight uselessness victimizers weakener
    -1.6 weakhearted weepies wimpish
    -1.5 adversarial adverse adversities afflicted agonising amorality annoyers appalling argued argument
    -1.5 argumentative argumentive bamboozle bamboozled bamboozles brainwashing burdens careless clueless
    -1.5 coerced collision complain confrontations confusedness contagions crazily criticized criticizer
    -1.5 criticizing crushing debt defeatures defections degradations dehumanizes denier depressives deriding
    -1.5 desperateness destructible detention deviltries difficult disagreeably disagreement disillusionments
    -1.5 disoriented disruption distractible doomsaying doomsayings doubt doubtable douche drained dubious
    -1.5 dulled dumber dumbs dupe eerie embarrassed emptinesses exhausted exhausting exhaustion fallen
    -1.5 fatiguingly faultfinders faultiness fighting flunking foolhardier forbidders freakouts freaky
    -1.5 friendless frighting funeral gloomier gravely graveness grievances grime grimmer gullible
    -1.5 hesitatingly hooligan ignorance ignore inconvenience inhibition interruption irrationalism
    -1.5 irrationalists irrationalities irritations lags lamentable lamentably laments lamest lazy
    -1.5 lonelinesses lonely lonesome lowballed lowlife ludicrous manipulating mess messy mischief misers
    -1.5 misreporting mistaken mistakes misunderstand moocher moody nag naggers neglecters nitl obsessional
    -1.5 obstacle offender offenders offenses overload overweight panicky paranoias persecuting pessimism
    -1.5 pessimist pessimistic pissant poorer prejudicially profitless promiscuously quaking rebeldom reekers
    -1.5 regrets repressible ridiculed ridiculous rigged riskiest robing rudeness ruinated ruinates ruinating
    -1.5 screamers seduced severed severest shylocking smear smuggest smuggled sore spam spitefulness
    -1.5 stenches stinker stinkier stinko stinky stressing strikes struggles stubborner stubbornnesses sucks
    -1.5 sulking suspicions suspicious sux swindles tantrums tenseness tenser trembling turmoil uglified
    -1.5 uncontrollable uncontrollably undermined undermining unfriendly unprotected unstable unsuccessful
    -1.5 upsets uselessly vicious victimised victimizations victimizes weaklier weaknesses whine whoremasters
    -1.5 wiseasses witch worriment worrywarts
    -1.4 accidentally accuses aggressed aggressivities agitates agitator alarm alarmed antagonized argue
    -1.4 arguers arrest avoided avoiders avoiding blame bother boycotts burdening carelessness chagrined
    -1.4 combat confusingly contagious contemptibly contradictoriness contradictory contradicts crazy
    -1.4 criticizes cynic damnations damning deadlock deceiving defeater defect defection defenseless
    -1.4 denounce deny denying deprivers derailed despise difficulty dirt dirtier disagreeing disappears
    -1.4 discarded disparaged disputed disregards disruptions distorts distracted distractingly disturbances
    -1.4 disturber dork doubtful doubting doubtingly dreads dreary drunk dullness dumbed dumpier egotism
    -1.4 egotistic errors excluded exploits failingly fatigued faulted faulting feud feuds fidgety fiery fire
    -1.4 firing flop flops flunkies foolhardy foolishest forbiddance frantically freakiness freakishness
    -1.4 frighted frighten frowning gag gossipmongers grimacing grouchily guilts gun hapless haplessness
    -1.4 harried helplessly hesitater hesitaters hesitates hesitating horridly humiliated humorlessness
    -1.4 hurtling inconvenient indoctrinate inflamed inhibitive insecurely insignificant insincerity
    -1.4 interrupt interruptive intimidations irrational irresolute irritability jerk lag lamentation
    -1.4 lamented lamer leak lethargy lonelier lonesomes lowermost messed miserly misgiving mistake
    -1.4 misunderstood mlm mooched mooches moodiness moodinesses moronically mumpish naggier needy neurotic
    -1.4 nimy numb numbly obsessing obsession offences ominous perturbed pissers pisses pitying
    -1.4 pressuring prick prickliest rant reluctance repress repressive repressor resentfully resign
    -1.4 restlessly revengefully ridiculously riskier scapegoats scares screwy selfishly shakedowns shameless
    -1.4 shamelessly shamelessness shoot shylocks smileless smothering smugglers smugness snobs spites
    -1.4 stifled stressed struggled strugglers stubbornly suspects tense tensioning thieved threatener
    -1.4 toothless tragediennes traumatizes trickers trivialising troubler unapproved uncertainly
    -1.4 uncertainties uncertainty undermines uneasier uneasily unequal unfortunately unimpressed
    -1.4 unimpressive unmotivated virtueless warning weaklings weaponed weeps wimp wisenheimers worrying
    -1.3 abandons accidents accusations aggress aggressions aggressively agitations agitative annoyance anti
    -1.3 awkwardly awol axed bereaving bizarre boredom bores boresome boring botherations bothered bothersome
    -1.3 boycott burdener chuckleheaded complainers conflict confrontation confronters confused confuses
    -1.3 contradict contradicted contradicting contradictions critical criticises cynically defeatism defeats
    -1.3 defectors defenselessness delay derails despair despairer despairers desperate disagreed disagrees
    -1.3 discomforts disguising disillusioning disjointed disliking disquiet disruptive distort distractable
    -1.3 distractibility distracts distrusts doubters dumbly dumping envyingly excruciated exhauster
    -1.3 exhausters fatigues faulty flunk foolhardiest forbid forbids fought freakier freeloading freeloads
    -1.3 frenzy gagged ghost gossipped gossips gossipy graveless gravest greedy grimly hardship hesitated
    -1.3 hostiles humorless ignored ignorer imperfect impersonal indecisiveness ineffectively ineffectiveness
    -1.3 ineffectualness interrupters interruptible interruptor interrupts intimidates isolated isolates
    -1.3 jealousy lack lamentableness laughingstocks leaked loner lonesomely loose loses loss lost louses
    -1.3 lowness luckless misinformation misinterpreted misunderstands mocked mockers mockery moodily morons
    -1.3 mourned numbingly nuts obsessionally odd outrageousnesses paranoiac perplexed persecuted perversion
    -1.3 pettiest phobics pitied pitiers pressures problematics provokes rants repressed represses resigns
    -1.3 restricts riskiness risking scarers screamed shakeout shocked shyness skeptical smh spiritless
    -1.3 startle stereotype stinkingly straining struggle stuttering submissive suspend tease tempers tension
    -1.3 timidity trap tricksters uncertainness unimportant unsettled unsurely viciously victims vultures
    -1.3 walkout weakened weakeners weakening weakens weakling weepy weirdie weirdoes whiney
    -1.2 accused adversative aggravating aggression agitational allergic amoralities antagonisms apathetic
    -1.2 apathy avoid ayor battled battlefront bittering borers censors childish collapses collapsing
    -1.2 colluding complaint confrontationists confusion confusional contentious critics crudely cuts
    -1.2 deafening defer deprivals derail derision difficulties disbelieve discourageable disorganized
    -1.2 distract distracting dominating dorkiest doubtfully doubtfulness doubts dumper dumpiness dynamiter
    -1.2 embarrass ennui exclusion exhaust fatalists fatiguing feeble freaked fume gossipry gravers graves
    -1.2 graveyard graveyards grimed hesitantly hiding humiliating ignorances immobilized impatient impose
    -1.2 ineffectual inquisition interrupted interrupting jealz lagged lamebrains lamenter lames lethargic
    -1.2 limitation lossy lousily lowballs lower lowlinesses madder maniacs manipulation masochists
    -1.2 missed missing mistakenly nerd nervousness no obsessiveness obsolete obstinate offence offend
    -1.2 outrageously outrageousness pathetical persecutes perversions pervertedly pervertedness pesky phobic
    -1.2 piteous pitier pities pitifully pitifulness pity pressure pseudoscience questionable ranter ranters
    -1.2 rebellious rebelliousness refuse refused resenting resents resignation resignations resigner
    -1.2 restlessness sceptical screams screwer shakedown shakiest shynesses sillinesses skeptically
    -1.2 skepticisms smog snobbishly stereotyped stinkers stop strains strangely suspect suspiciousness
    -1.2 teased teaselers teases tensely tensest trembly trickeries trickiest trickiness uncertain
    -1.2 underestimate undermine unsophisticated uptightness victimises vulnerably warfare warnings weakish
    -1.2 weapon weirdly whiner wimpiness wiseacre woesome worn worried worrits zzz
    -1.1 absentee alarmists alarms alas alienation aversions avoidances battling biased bitching blocked
    -1.1 bored boredoms charges chuckleheads collapsed collides collisions complainants contemptuousness
    -1.1 controversially cornered critic crudes cut defenselessly deniers deride devilments disguised
    -1.1 disinclined disputes disregard distorting dooms doomy dorkier dorky doubted drop dulling dullish
    -1.1 dully dumpings embarrassedly envied enviers envious envy exhaustions exhaustiveness exhausts
    -1.1 exposing ferociously feudalistic feudist foolish forgetful frights fud gossiped gossiper gossipers
    -1.1 graver grievants guilt guiltily haunting hesitate hesitation hesitations hoax hooligans ignorant
    -1.1 ignorantness ignores immoralities impotent indecisions ineffectually inferiority interrupter
    -1.1 intimidatingly intimidatory irrationals itchy jerks killdeer lagging lone loneness loomed lousing
    -1.1 low lowliness masochisms melancholies misread mistaking monopolizes moodier moronity nags naive
    -1.1 nastiness nervous numbing numbness overstatement perversities pileup pique pitiable pitiableness
    -1.1 pitiably pitifullest postpones provoked pu pushy rebelling rebellions remorse restless restriction
    -1.1 ridiculousness rigidification rigorous risk risks sapfu sarcastically shitakes shockers slash
    -1.1 slashing smothery snobbishness solemnity stammerer struggler stubbornness stutterers suing thorny
    -1.1 toughly tremble trembled trickery trivialises trivialize underestimated underestimates unresearched
    -1.1 victim victimise vindicating vulnerableness warned weakside weary weepers weirdos whorehouse
    -1.1 woebegoneness wowser
    -1 accusation aches adversaries adversatives agitation alone amorally anxious anxiousness arguable
    -1 arguably bore cancel cancelled carelessly confrontationist contempts contradictable contradiction
    -1 contradictor crazinesses criticizable darkness degradable derides devilwoods diffident discard
    -1 discards disguise disguises disillusion distractions downside dud dulls dumbfounder dumbfounders
    -1 dumbstruck dumpsters egotisms emptily envier excruciates exhaustible expelled faithless fatalistic
    -1 fatigue ferociousness ferocities flustered foolhardily forbiddances gloominesses gossipmonger greeds
    -1 grimace grimes haunts hesitancies hesitant humiliates hunger hurtles ignorable inaction inadequately
    -1 indecisive inhibitors inhibitory jumpy loused lowering lowly melancholics moping mubar numbest
    -1 obsess obsesses offended offense overreact paranoia paranoid perpetrators perverting pessimists
    -1 pityingly poisonwood prickle propaganda protest rebelled reluctant repetitive repressiveness
    -1 resentence resigned resigners ruining ruinousness sappy sarcastic sceptic screws screwups severeness
    -1 shamefast shockable shortage shy skepticism smugger snobbism sob squelched stammering stinkards
    -1 stinkbugs stinks struck stuck stutter stutterer stutters submissively supremacists swearing teaser
    -1 tensed tensing timid timider timidness torn toughish tragedians tremblers tremulous trickish
    -1 tricksiness trivialities trivializes unclear uncontrolled uncredited unsure weirdies wimpier wimps
    -1 wisenheimer
    -0.9 aggressors anxiously apeshit apprehensions battlefields blocks cancels comedowns confronts confuse
    -0.9 confusing confusions contemptibility contradictorily criticisms dearths defeaters defiant delayed
    -0.9 demanded demanding disappear disappeared disregarding distractedly dizzy dodgy drag dynamited eery
    -0.9 egotistical exclude faithlessly feudalism feudalist forget forgotten glooms graved gravelled
    -0.9 gravelly graven grimalkin grimalkins grossly grouches hesitance hesitancy horrent huckster
    -0.9 indecisivenesses inhibits insensitive lawsuit libertine limited loners loom lowish lurks misses
    -0.9 monopolized naggingly neuroticism numbed obsessions obsessive oversell possessive postpone pressured
    -0.9 pricking prickly pricks promiscuousness protesters protests remorseful resigning revenged risked
    -0.9 safecrackers safecracking sarcasm sarcasms savagenesses screwing shakier shaky shrew shying shysters
    -0.9 silliness skeptic slashed smothered sneaky snobbish snubbing stammer stammered stopped stuttered
    -0.9 subversive suspected tears tenses tensioners timidest tits tricker trickster trivialization
    -0.9 uncompelling unconcerned undecided unwanted vanity victimhoods vulnerability vulnerable weaponry
    -0.9 weirdest weirdness weirdy whined whining wimpiest wimpy
    -0.8 absentees accuse adversary adversely aggressor aversively bashfulness battlefronts battler bothers
    -0.8 bribe cancelling charged cheerlessly combats comedones comedown complaining confronted controversial
    -0.8 cramp derided devilfish devilwood droopy dumbbell dumbfounding dumpers empty envies envying
    -0.8 exhaustibility fascists faultfinder feudal feudalized feudary foolfish foolscaps freakishly
    -0.8 freebooting fumers geek gossipries gratings graveside grievant grimmest grimness grosses grouched
    -0.8 indecision indifferent inhibitions intimidate irreversible isolate jerked lameness liabilities
    -0.8 liability litigation litigious lowball lowdown lowed lows lurk mischiefs miserere mistakable mocker
    -0.8 mongering monopolize nimby nosey offensives overselling overwhelms petty pissoir pityriasis
    -0.8 postponed pressurises prickles prickling promiscuities provoking rebels resentenced resignedness
    -0.8 rigidifications risker risky ruderal scarecrow scepticism shakeouts shyer slashes sobering stall
    -0.8 stalled stalling stammerers stammers startler stinkhorns strainer strange strongyloidosis sulky
    -0.8 teaseled teaseler tensional timorous toughs trickily tricksy trite trivialise trivialised unaware
    -0.8 unbelieving unstoppable vociferous warmouths wellaway zealots
    -0.7 accusing amoralism amoralisms anxiety apprehensiveness avert avoids awkwardness complainant confront
    -0.7 daze dazed deferring depressurizing dilemma discarding dominative doomsayer drags emptied emptier
    -0.7 emptiers empties exaggerating exhaustively ferocity feudalizing feudists flees franticness freeboot
    -0.7 freeloader fumelike gossip gravestone grimiest grimily griming grossularites hide hides homesick
    -0.7 ignorers indecisively indoctrinating keening lowballing lowborn lowse neurotics nimjd noisy noyb
    -0.7 numbfishes numbs obsessed obsessives overreaction overstatements overwhelm paranoiacs passively
    -0.7 pressurize pressurizers puzzled remorsefully remorsefulness resent resignedly rigidified rigidities
    -0.7 rigidity rigidly riskily robed safecracker safecrackings scarecrows sceptics seriously shake shakily
    -0.7 shakiness shaking shockingly shylocked shyly smarting snobbier solemnized startled stinkpots
    -0.7 submissiveness suspecting teasers thwarting timidities timidly toughie touting trickier trickishly
    -0.7 trickledown trivializations walkouts warship weird weirdnesses
    -0.6 adverseness affected aggressing aggressive aggressivity anxieties apathies awkward battlegrounds
    -0.6 bitterbrushes bittersweetness censored challengingly cock confronting confusedly craze crush
    -0.6 defensively devilfishes dreadnought dumbcanes dumpcart dumpster emptying exaggerate exaggerates
    -0.6 expose falling fatalism feudally flunkeys fumette geeky giddy gigo gloomy hardier heh hurtled
    -0.6 immorality indoctrinates killdees lawsuits looms looses louseworts lowboys lowbrows miss moan moans
    -0.6 nervously oversimplify perverters pressurise pressurising pricked prickliness pricky profiteering
    -0.6 rebel resentences rigidifies screwier sentencing shakeup shittim shocker shortages solemnizing
    -0.6 stopping stops strikers stubbornest toughies trembler tricked tricky trivialized trivializing
    -0.6 viciousnesses victimologies vulnerabilities wavering weakfishes weirds whiners wisecracking
    -0.6 worshipless
    -0.5 aggresses alarming antagonizes barrier battleships battlewagons bitterweeds cocky colliding
    -0.5 contradictories crazed crazing cutting damnedest dazedness demand depressurize detached dithering
    -0.5 dominate dominatrix dorks dumbing exhaustive exposes fatalist feudality feudalize feudatories
    -0.5 foreclosure freemartin gravel graveled gravels gravestones ineffective inferiors ironic isolations
    -0.5 lamenters looming lowered lowers lowing lurking melancholia misericordes monopolizing nbif offline
    -0.5 overwhelmingly oxymoron perversenesses pitilessness postponing pricket profiteered protested
    -0.5 rapeseeds rebellion rig rigid screwers screwiness shakeups silencing snobbiest solemnified
    -0.5 solemnifies startlement startlers startles strike tenderfoots tough toughing toughy tout tragedian
    -0.5 tranquilizing tricks tricksier triviality trustbuster unconfirmed victimologist warships weirder
    -0.5 wisecracked
    -0.4 amusias apathetically averts axe bailout battlement battlements bias bitterns bitters blah blurry
    -0.4 borer cautious challenged constrained costly dazedly defensemen defensiveness depressurizations
    -0.4 dodging dominators dreadlock dreadnoughts embittered exaggerated exploit ferocious feudalities
    -0.4 flirter foolfishes freaks freebasing freezing fumets funky geeks grating graveling gravelling
    -0.4 greenwashing grossed grrr hard hid idk imposes imposing impressment indoctrinated inhibited
    -0.4 inhibiting isolator isolators killocks liards lowerclassman lowlander moaned moaning nah neatherd
    -0.4 nerves numbfish obsessively paradox parley pay peculiarly petrifications pressurised pretend
    -0.4 pretends questioned questioning ragee reluctantly rigorously ruderals screw screwworm shook skeptics
    -0.4 stinkweed stunned teaseling teaselled teasingly tenderfeet tensioned thwarts tragedienne
    -0.4 tranquilizers trickie trickinesses trickishness vague victimologists vigorish warn warns weepie
    -0.3 accidental alarmism apologizing apprehensively averted battlewagon bittersweet boreal borecoles
    -0.3 collide complacent confronter cynics dazes defensives depressurization depressurized depressurizes
    -0.3 determinantal dominations dumbcane dumbfounds dumplings dwellers dynamites emptins exposed
    -0.3 fainthearted feudalization feudaries flatterer foemen freewheelers friendlessness grievers grosser
    -0.3 grossing grossular grossulars hurtle imposed inhibitor killock lobbying lowlanders lowlights
    -0.3 lowlihead maniacal mediocrity meh melancholic petrifactions pettier pressurizations pricker
    -0.3 promiscuous rainy repressurize rigidify rigidness screwballs serious shakeable shaken shitake
    -0.3 shittimwood snobbisms solemn sorry startlingly stealth stealthier stealths strainers teasing tmi
    -0.3 toughest trickly trivium unmatched wimples winnow wisecracks
    -0.2 amorphous amortised apprehensibly backs battlers bitterbrush bittern bitterroots bittersweets blam
    -0.2 borecole boreholes champac champaks champerty clouded craziest defences domination dominatrices
    -0.2 dragged dreadlocks dumbbells feudalisms fighters flirted freebooters gratingly impatiens
    -0.2 indifference inhibin irony joypop leave lowdowns lowercased lowrider ludicrously nerdier nerdy nimq
    -0.2 noob panicles pressurizes pressurizing prickers prickled screwball seriousness stinkbug stinkhorn
    -0.2 strain swear teaselling tenderloin toughens toughness touted tragicomic tranquilized tranquillized
    -0.2 tranquillizers trick trickling wag warsaws weakfish wimpishness wimple winnowers winnows
    -0.1 adversatively agitato amazons amortize awaited bashful battleship boldfaced borescopes btdt champer
    -0.1 champerties chilling crazier creditor dominances dumbfound dumbwaiters dwells feudalizes feudatory
    -0.1 flirtations flirtatiously flirtier foetal freebase freeloaders freezers freezes fumes funneling
    -0.1 funnelled geekiest grossularite hysterical joypoppers killdeers killie killifish killifishes lamella
    -0.1 lamellae lamellibranchs longing lowland lowlands nerdish opportunistic overlooked panicums
    -0.1 petrification preventing prizefight prizefighters repressurizing richweeds screwworms sentenced
    -0.1 sillibub sillily stealthy stinkwood suretyship teasel teasels tenderfoot thwarted touts tranquilizer
    -0.1 tranquilizes tranquillizer trembles trivial unbiased warsaw wellhole winnower winnowing wiseacres
    -0.1 wisecrack wisecracker
    0.1 aboard acquits amorists amorphously amortises backed backing boldfaces boldfacing boreen brooding
    0.1 commits creatin defenseman defensibly defensive dwelling faille freeholders funnel funneled
    0.1 funnelling graticule harmonicas heron heronry keens killick lamedh lamellas libertarianisms
    0.1 libertarians lobby lousewort lowriders matter matters misericorde nasturtiums oversimplifies
    0.1 panicled paniculate peculiarities perfectionists piqued pressurized pressurizer prevent prevented
    0.1 reach repressurized repressurizes retained richweed screwdrivers screwlike securitizations shittah
    0.1 sigh sillimanite silly smartweeds solemnifying stealthily strongyls stuns successions tenderize
    0.1 tenderized thrillers toughen toughened tranquillizes tricking trickled warstle weaponless wellhead
    0.1 whitewash wisecrackers withdrawal
    0.2 affronted amazonite amazonstones amoretti amortizations apologising apology ayc bashfully benignly
    0.2 boreens calmodulin champaign champignons compelled contend crazes creatine delicate determinableness
    0.2 determinant discounted dominantly dominants dominates dumbwaiter dynamiting escaping excitonic
    0.2 exhaustless foehns foetus foetuses freeway freewheeler freeze geekier graticules gratins gratis grey
    0.2 impressionable infatuated isolatable joysticks lamellibranch laughable libertinage nastic neath
    0.2 numbat opportunisms opportunist oversimplification overwhelmed radians reaches relentless
    0.2 resentencing securitization sentences sillimanites smartweed smugly startlements stealthiness
    0.2 strongyles supremacy swears teashops teaspoon teaspoonful tenderization tenderometer tenderometers
    0.2 tragicomedy tranquil trickles vitalism warmblooded welly
    0.3 amorettos amorphousness amusia authority awaits boldface challenge challenges champertous charmeuse
    0.3 clears comedo committing convincers defenders diviner diving dweller dynamometer dynamometers
    0.3 dynamometric dynamos easel energetics excitative exciton excuse explorations flatterers freeboard
    0.3 freemasonry freestyles freewheeled fumeless hail hurtless intense keened landmark lowercase
    0.3 mandatory number opportunists oversells passionflower pensive pls plz pmfji prevents prickets
    0.3 prizefights safetyman screwbean screwdriver securitize sentence shakers slickest smilaxes solemnify
    0.3 solemnities solemnize startling strongboxes surprisers teas teaspoonsful tenderizes tenderizing
    0.3 tolerances toughnesses tranquilize trustees verdicts victimology vindicate vitalist vitalists want
    0.3 welladay whimsical wiseguys
    0.4 admitted anticipation apologised apologize await beauticians benefice beneficiation brights bwahaha
    0.4 bz challengers champignon charmeuses cleared creatinine darings defence defenceman defender
    0.4 defensibility delicatessen delicatessens demonstration dumpling dwelled dynamiters easements enthral
    0.4 exempt expands fantastico flagship flatter flattery flirtiest freelancers freelancing freesia
    0.4 freesias freestyler fumet funnels fysa gracilis gratin importancies isolationism kidding legally
    0.4 libertarianism libertines longings meritocrat nasturtium numbles opportunism painlessness
    0.4 passionflowers pretending prizefighting profiterole promisors radian reached resolvents safes
    0.4 sentimentalising sentimentalisms sentimentalizations slicker speculative stealthiest suprematists
    0.4 suretyships teaspoonfuls tenderizer tenderloins thriller tolerantly treasurers treasurership
    0.4 trivially trustor vigorishes vigorousness vigours warmouth warmup welled wellies wisents yoyo
    0.5 adorns ambivalent amortise amortizable assuror calmatives carefully challenger champagnes champaigns
    0.5 champers commitments contender creationists daredevil defense devotees divinise dwell escapes
    0.5 excitor exclusive extends feeling fervid flirtatious freehand freeholder freewheel freewheeling
    0.5 funnelform harmonicist herons idealogues impressionisms impressionists impressments joker keener
    0.5 laidback launched legal lowe outmaneuvered panicle popularises profiteers profiteroles reliant
    0.5 soothed stronghold strongmen supremacist teaspoons tendered tranquillities treasurer triumphalist
    0.5 troubleshoots trusteeship unequaled vigorously wellheads wellsite yearning zealous
    0.6 activeness amoretto amortization amortizes benignancy blamelessness brisk careful challenging
    0.6 comedienne contestable convincer crediting defencemen delicates dignitaries dominatrixes dynamometry
    0.6 dynamotor emotional engagements engrossed fighter flatters flirtatiousness flirters flirty
    0.6 freewheels giggler graciles greets guiltlessness harmonica honoraria humoral idealising impressure
    0.6 indestructible infatuation intellection intricate invite joyridden keeners meritocracy methodical
    0.6 mmk nerdiest numberable peculiar peculiarity perfectas rapture ratified scoop securers slap smilax
    0.6 solemnizes solid strongyl surpriser tenderer tendering tenders tensionless trusteeships verdict
    0.6 vested victimless vitalised warming wishes worshipper
    0.7 adopt adopts amazon amusable assets assurors blameless casually champing cleaner competitive
    0.7 convinces convincingness creationism defenses dynamite escape excelsior extend favoritism
    0.7 favoritisms flirts freeboards freedmen freehold freelanced freelances freemasonries freestyle
    0.7 freeware fumer growing guiltlessly heronries honorarium idealists ijs inquisitive iou isolationist
    0.7 joyrider joystick longingly offenseless partiers peaceniks perfectionistic pmji privileging profiter
    0.7 raptures relaxants resolved resolvent resolver resolves securitizing sentimentalists smarted
    0.7 solemnization solutions spirit stout strongbox strongman surprisals tenderheartedness toughed
    0.7 tougher troubleshooting vigilant worshipful
    0.8 acquit activenesses admit adorned adornments adventuress agrees amortized amortizing amusingly
    0.8 apologises bargain brilliantine casual chances chuckler crazyweed creationist debonair defensible
    0.8 determinate determinations divined divines dominance doubtlessness entrusted excitons fine
    0.8 flawlessly flirting freebased freebases freestylers freewheelingly freewriting fyi giggles
    0.8 glamourize guiltless harmlessness harmoniums idealisms idealogy ideals important impressible
    0.8 impressionism inspirits intact intellections intellectively intellectualists intellectualizing
    0.8 invigorated jho joyrides jp livelihood nurturers palatableness passive peacenik playing pmbi prizers
    0.8 profiteer promisee radiancies reaching recommended retreat richens safelights sentimentalised
    0.8 sentimentalist sentimentalize sentimentalizing significant sillies silliest smug solemnly solve
    0.8 substantial succession superiorities supremacies swift top tranquillest tranquillizing treasury
    0.8 troubleshoot troubleshooters unbelievable urgent vitalizations warmups worshippers xtc
    0.9 acceptations adequate adorn adorners adventurers allow appeased appeases assurer attractancy
    0.9 audacious awarder benignities blamelessly boldnesses buoyant certainties cheerleader clarifies
    0.9 compassionateness compelling consent decisive determinable determinably determinatives divining
    0.9 doubtless dynamists dynamitic energies exhaustlessness exploration fad flexible freeform graced
    0.9 grants grins hailed harmonicists harmonium harmonizations hhok humoresques impression impressions
    0.9 innocenter intrigues jk jokesters joking joyriding jt libertarian livelihoods lown loyalisms musm
    0.9 okay opportunistically optimizations pardoned perfectiveness perfectives popularizations prepared
    0.9 profitwise promissory raptured recommends romanticized sentimentalities spark stimulate stimulated
    0.9 straight successional successively successor surprised surprises tendernesses terrorless toughening
    0.9 treasuries triumphalists validated vigour virtuosi visions warm wilco wiselier wishing worshipers
    0.9 worth
    1 abilities acquitted adorning advanced advantage alright amazonstone amoristic appeasing beneficiate
    1 bffn brightener brighteners certainty champed champy chance cleverish comprehensive conciliate
    1 consents convince created cutesie dearies delicately determinacy dream easing endorsed engagers
    1 engages entertainers excitableness exonerating favors flatteringly flexibilities freeholds freers
    1 freethinker freethinkers freewill frisky fulfills gigglier giggly gracioso granted guarantee
    1 harmless heroicomic honorariums immortal impressionist interests jhomf jj jokes joyrode justifiably
    1 keenly loyalism luckiness magnification neater plays pleasers poised popularizers pressureless
    1 prizefighter prizer promisor readiness relaxant relaxations relievers resolvable richening
    1 sentimentalism sillier steadfast stimulates strongholds successiveness superiors surefire surety
    1 troubleshooter trustee trusties vigors virtuose vision warmers wells worshiper worshiping wowsers wp
    1.1 acceptability accepted actives agreed agreements amuser appease apprehensible assurers attachments
    1.1 beneficed benefices benignantly brightwork calmative certain chic chuckles chucklesome committed
    1.1 conciliated conciliates consolable create creates creation creationisms definite desired
    1.1 determinateness determinative determinator devotements divinations dynamics energy engager ensuring
    1.1 entitled excitatory faultlessness fearlessly fearlessness fervent fitness forgive forgiveness
    1.1 freedman freelancer freer freestanding freethinking gigglingly god grandee greeted grinned grinner
    1.1 gt happing helpers heroicomical humor humoured increased innocents invigorator jokey joyride lenient
    1.1 loyalists meriting meritocrats merrythought neatens neats outreach painlessly palatably partyers
    1.1 popularised profitabilities profitability promisees radiances relievable resolute respectiveness
    1.1 safeguarding safelight salient securement sentimentalized sentimentalizes significance smarty
    1.1 sociability solved solves strongly successionally successive successors supporter surprise
    1.1 surprising tnx tolerant txs vigor visioning vitalise vitalises vitally vitals warmed warms well
    1.1 willingness worshipfully yolo
    1.2 absolve admiralty admits adventurer adventurists alert amorino attachment attractor attractors avid
    1.2 awardees beautician benevolentness blithe bolder champagne championed cheerio cheerleaders
    1.2 cheerleading cheerleads chuckled chucklers chucklingly comedians comforters commit convivial
    1.2 creating creditableness determinately devotional devotionals diviners doubtlessly dynamical
    1.2 dynamisms eased excitability excitants festivalgoers flatteries forgivers freeborn freedoms
    1.2 freelance frees gg glamorising glorioles gn gracility grandees hago heavenwards helping humored
    1.2 humoresque humorist hurraying idealize immune impressibility inspirators intellectualized
    1.2 intelligibly invigorations invigorators jaunty jocular join joke laughableness laughably
    1.2 libertinisms lucking magnifications neaten nicety ok opportuneness outgoing painless pardons partyer
    1.2 perfective playfulness popularising promisingly prospect prospects radiants relaxins respectableness
    1.2 restore restores restoring romanticizing securities sentimentalise sentimentality sentimentalization
    1.2 share shares singleminded sociabilities solidarity sparkling stable stamina succeeder supportive
    1.2 surer surprisingly surviving swiftly tenderers tolerance tranquilly treasure treasurerships trustors
    1.2 usefulness vital vitalities vitamin warmer wiser worship xp yeah yep
    1.3 ability absolves acceptable acceptableness acceptation accepts achievable acquitting actively
    1.3 admiral adorner adornment adventure adventured adventuresomeness adventurously agreeablenesses
    1.3 amusers apologized assures assurgent attractant awarders benign benignity bolds boosts calm calmly
    1.3 calms comfortableness competent conciliating cool curious cutely desirable desirous eases easygoing
    1.3 embrace endorse endorsement entertain expand fair faithed fan fantasticalness favorer favouring
    1.3 festivalgoer flattering flexibly freebee freebees freedwomen fresh funnies funnymen gl glamorise
    1.3 gracing granting gratify greet harmonies harmonised heros honorers huge humorists idealizer
    1.3 importantly improvements improvers incentives increase inspirited intellectualistic inviting
    1.3 invulnerable joked joyriders kewl laoj leet meaningful meritoriously nbd neatening neatness novel
    1.3 nurturances optimally optimistic original pardon perfectionism perfecto pleasantries please
    1.3 popularization popularize pray profited prominent promise promiser protects radiantly redeemed
    1.3 reliefs relievo rescues respectfulnesses respects responsible riskless romancer romances
    1.3 romanticises romanticists secures securing sentimental shockproof smartie sok solution soothing
    1.3 sparkles spirited strengthen succeeders supported supremos sure surest sureties trustier truth
    1.3 vitality vitalizing wises wisewomen youthful
    1.4 advantaged adventures adventuresses adventurist adventurous agreeing applauds assurance assurances
    1.4 assure assuredness attractants badass benefic benevolently boosting brightnesses certainly
    1.4 charitably chuckling clevernesses contented contentedness creditabilities daringness delectables
    1.4 determined devote diamond dignities dynamist easefully easily endorses engage engaging enthusiasts
    1.4 excited exciters exultantly favorers flexibility forgave forgivingly freehanded funnyman gains
    1.4 gentler gigglers giver giving gladly glamors ha harmlessly harmonising harmonizing heavenward helper
    1.4 highlight honorary honorific humerous idealise idealizations idealizing importancy innocent
    1.4 innocently intellectually intelligible irresistible keenness lawl magnificoes meditative merited
    1.4 motivation neatly np ntmu nurture openness partied partier perfecta perfecters play played
    1.4 popularizes prays pride promotes proudhearted radiance radiancy reassurances reassure relaxers
    1.4 relievedly resolvers respectively restored revive robust safeguards safekeeping secure securely
    1.4 secureness securitized security shared solving strengtheners superiority tenderest thks validates
    1.4 validating value valuing vitalizes warmish welcomed welcomer wellsprings worships worthwhile
    1.5 absolved acceptably admirals admires advantageous advantages adventurism affectionally affections
    1.5 agree amusement amusements apologizes applauded appreciators asset assured attract beneficences
    1.5 boldly boldness boosted brightens brightly calmer charminger cheerled comedy comfort contentment
    1.5 courtesy coziness creatively credited credits cutesier cuteys cutie daring devotement dynamically
    1.5 dynamistic eager ease easeful easygoingness efficiency elation encouraged encourager encouragers
    1.5 energizations engagingly enthusiast excitabilities excitable ez fantasticate festivals fiestas fit
    1.5 freehearted freemen giggled giggling gloriole grant gratifies greater grinning harmonics harmonizes
    1.5 honoraries humoristic idealities importance impressionistic incentive inspiratory
    1.5 intellectualization intellectualize intellectualness intelligencer intelligentsia intelligibility
    1.5 intelligibleness interestedly invigoration jewel jokester keen kissers kk like loyalist mercy
    1.5 natural niceties nurtural opportunely optimal optimizer perfectible perfectionist pleasanter
    1.5 popularizing praying privilege promised promoting ready reassurance reassures recommend relaxedly
    1.5 relaxes relieve reliever relieves relieving responsive restful romanticization safeguarded safeness
    1.5 safeties satisfactoriness satisfactory scrumptiously securer sincerities smartened smartens smartly
    1.5 smartnesses smile smileys sociableness soothe supportiveness supports surefootedness surprisal
    1.5 survivor sympathy tenderhearted thank thrill thrills thx tranquilities tranquilness truer trustfully
    1.5 tx validate vigoroso virtues vitalized warmness wealthy wellspring wised
    1.6 absolving accept acceptabilities acceptant accepting admiralties admirations admiring adores
    1.6 advantageousness advantaging agreeably alive amorist amusing apologise appreciativeness assuredly
    1.6 assuring astonished beaut benefits blessedness bold boldest brighter brightness calmed calmest
    1.6 calmnesses capable captivated charitablenesses cherish clear comedian comediennes commitment
    1.6 compassionated compassionates compassionating convincingly creations creativity credit darlingly
    1.6 dear delighting devotedly devotee devotes divinatory dynamic dynamism eagerly eagers easement
    1.6 easiness efficiencies elegancies enchanted energization ensure entertainer enthuse exonerates
    1.6 favorably favourer favourers flattered focused foolproof forgivably forgiven freedwoman freeness
    1.6 freest friendships funninesses gained glamorization glamorizers glorifiers graces gratification
    1.6 gratified greeting grinners growth harmonized harmonizer harmonizers helps holidays honourers hoped
    1.6 hopefulness huggable hugger humorous humors idealist impressionistically innocence innovation
    1.6 integrity intellectuals intelligencers intelligences jw kissed liveliness lts luckie lucks lylb
    1.6 merrythoughts motivate niceness nurturance ok opportunities optimisation optimises optimists
    1.6 optimization palatable partying passional peacekeeper peacekeepers peacekeepings perfects
    1.6 picturesque playfully popularise popularities positivism prettied privileges profitably profiting
    1.6 promisers promises promote protect relaxer relieved relishing resolve resolving respecters revives
    1.6 rewarder safeguard satisfactorily securitizes smarts sociably stressless stresslessness stronger
    1.6 stunning surefootedly thoughtful tranquilest trustily trustiness trustingly trustingness ty unified
    1.6 untarnished vindicates vitalization vitalize welldoers welling wiseliest worshipfulness worshipping
    1.6 xp xqzt yvw
    1.7 acceptances accomplishes active admirers adorer adventuresome adventuristic amuse amuses amusive
    1.7 appreciate appreciations appreciatory approves astound attracts awarded beautifier beautifiers
    1.7 beauts beneficialness benefitted benevolence blessedly boost calming calmness carefree charitable
    1.7 charm cheerer cheerlead chuckle clarity clean clearly comedic comedies comforting comfortingly
    1.7 compassionately complimentarily compliments convinced convincing creativities creditably definitely
    1.7 desire determination devoted dignity divination dreams eagerness efficiently empathetic energizers
    1.7 engaged enlightens entertained enthuses exhilarating fantasticality favor favorited flirtation
    1.7 forgivable forgiver forgives freed freeman freenesses friended funnier gallant gga giggliest givers
    1.7 glamorize gracile grander hardy harmonize harmony healthy heavens help hilarious holiday honorer
    1.7 honorifics hopefully hugged humouring idealism idealistically impressiveness intellective
    1.7 intellectualities intellectuality interested interesting interestingly jollities justified kisser
    1.7 laugher laughers liking livelier livelong meritoriousness merits merrier merrymakers neatest nifty
    1.7 nurturant opportune optimised optimising pardoning parties party peaceable peacemaking pleaser
    1.7 pleases positivists pretties promising rapturous reassured reassuring reinvigorating relaxin
    1.7 respectably respectfully romancers romantic romanticise romanticised safest secured sincere smart
    1.7 smartening smarties smiler smiley special splendiferousness strengths strongish support terrifically
    1.7 thoughtfully treat trusting truthfulness valuableness values virtuosa warmest warmly welcomes wish
    1.7 yeees yes
    1.8 accomplish admirer adored adventurousness affectioned agreeable agreeableness amorous amused
    1.8 amusingness applause appreciatively approved astounded astounding attracted attractions
    1.8 attractiveness awardee beatific beautifies beneficiaries bless cared championing champs charity
    1.8 cheerers comfortably comforted complimented creativeness creditable cutes dearly deliciousness
    1.8 devotions dignify divinities easier easiest efficient elegances encouragement energetically
    1.8 enjoyably entertainment excitant excitation excitations exonerate exonerated faith faithfully faiths
    1.8 favored favoring favorites favoured favours ff foaf forgivingness freebie freebies friending
    1.8 friendlily fulfilled funniness funning gaining generously genial gentlest giggle glamorised
    1.8 glamorizing grace gratefuller gratifications greetings hahas harmonic harmoniousness harmonise
    1.8 helpful heroines honesties honourer hopes hoping huggers hugging hurrayed idealistic idealization
    1.8 idealized ideally improver improves improving inspiring inspiriting intellects intellectualizes
    1.8 interestingness jollity kiss kissy lighthearted liked likes livelily lmbao lol lucky magnifico
    1.8 marvel mature merit nice opportunity optimisations optimizes peaceableness perfecter perfectibility
    1.8 popular popularizer popularly positivisms powerful proactive progress promoted qt reassuringly
    1.8 reinvigorates rescued respectabilities respective romantically romanticize romanticizes rotglmao
    1.8 safer safety satisfied satisfies saved sharing sincereness sparkle strengthened strengthener
    1.8 succeeded sunny talent tenderly tenderness thankfully tranquility tranquillity treasures true
    1.8 trustworthiness truths united usefully vindicated virtue virtuosas virtuosos virtuously vivacious
    1.8 warmhearted wellborn winnable winned wisely woot yw
    1.9 accomplished advantageously affectional affectionate agog agreeability appreciating attractive
    1.9 awarding beautification beneficial benefitting benevolences better blessers braved braves bright
    1.9 brighten brilliants championship charitableness charmer charms cheerfuller cherishers classy
    1.9 comforter commend commended complimentary considerate contentedly creative creditability
    1.9 creditworthiness cutenesses dearer dears deary deliciously dignitary easy effectively elegantly
    1.9 encourages energetic energising enjoyable enjoyableness entertaining entertainingly enthusiasm
    1.9 enthusing esteemed excitements exciter excitingly faithful faithfulness fame fave favour fearless
    1.9 fond fondly forgiving fortunate freely friendship fulfill funnily funny gallantly gentle gift
    1.9 glamours good hak handsomely harmoniously harmonization helpfulness heroizing honester honorarily
    1.9 hope hurrahed ideality idealizers impress improve influential innocency innovative inspirator
    1.9 inspires inspirit intelligential invigorate jovial keenest kissably laughings lively loyalties
    1.9 lucked luckier nicely nicer nurtured nurturer nurtures optimality optimise peacefuller playful
    1.9 pleased pleasurability pleasures popularized positivistic praiseworthily preciousness privileged
    1.9 profit profitable profits protected proudful reinvigorated rejoice relax respectable respectfulness
    1.9 rewarders richened richly romanticist romantics safe satisfaction satisfiable satisfyingly
    1.9 sentimentally smarten sociable splendiferously stimulating strongest sunshiny supporters supporting
    1.9 supremo surefooted surely thanked thankfuller thanks thoughtfulness thrilled tranquiler
    1.9 triumphalisms truest truly truster truthfully urw useful valued welcomely welcomers welcoming
    1.9 wellness wiseness worthy
    2 acceptance amorousness aok applaud attraction awards benefit blesseder braveries breathtaking
    2 brilliantines carefulness cares charmed cherishable cherishing clever cleverer compassion cute
    2 cutiepie dearness dedicated delighter delights devotedness devotion dignifies encouragingly
    2 energizing engagement enjoyments enthused enthusiasms excel fab fantastical fascinates faultless
    2 faultlessly fav favorite festive friendlier friendliness ftw gently gj glad glamourous glorification
    2 goodness graceful grand grateful gratifyingly gratz haha handsomer harmonious heroized hhoj honestly
    2 hugz humourous idealises idealizes impressively improvement innovates inspirers intellect
    2 intellectualist intelligent intelligently interest invigoratingly jewels jollies jollifications
    2 kindness kissable laughed likeable lmao luck lulz marvels merriments mirthfully mml motivated neat
    2 neatened noble nurturing optimisms optimized optimizing passion peaceably peacekeeping peacemaker
    2 pleasantry positivist praiser praisers prizes rejoiced relaxedness respectful rewardable romancing
    2 romanticizations satisfy satisfying serene sincerer sincerest smarter smartness smiling splendors
    2 sprightly strengthens suave sureness sweet talents thankfullest thrillingly triumphal triumphs
    2 truthful virtuoso virtuousness warmth wealthily welcome welcomeness wows
    2.1 admire adorably adorers amazedly ambitious applauding approval ardent astoundingly astounds
    2.1 attracting attractivenesses beautified beautifuler beneficiary brightened champ charmers cheerfully
    2.1 cheerfulness cheers comedically comforts compliment confidently courageousness cutesy cutey daringly
    2.1 delightedness delightfulness devoting dignifying effective elegance elegancy elegant encouragements
    2.1 energised energize energizer energizes excite excites fantasticalities fascinated favorable
    2.1 festivities fiesta freeing friends glamor glamorises glamorized glamorously glories gorgeousnesses
    2.1 grandeurs gratefully grin harmonically heartwarming heroize honoree honourable honouring hug
    2.1 humoring humour hurrahs idealised impressed impresses improved inspirations inspiritingly
    2.1 intelligence invigorates invigorating jollify liveliest loyal loyally medal meritorious nicenesses
    2.1 okays optimistically optimizers peacefulness peaces peacetimes perfectibilities perfectively
    2.1 pleasantly popularity prettier prosperous proud radiant rejoices relief respect respected respecter
    2.1 rewards richnesses roflcopter romanticisms satisfactions scrumptious sincerely slaw smiles
    2.1 splendidly sweeties sweetly terrific thankfulness thrilling treasuring triumph trueness trustability
    2.1 trusted trustful trustfulness trusts valuable valuables vbg virtuosity vitalising vwp winners wise
    2.1 wisest woo wtg
    2.2 admirableness adorability adorable adorations affectionately agreement amazed amazements amazes
    2.2 amusedly attractively beneficently benignant blessing bravery care caring championships charities
    2.2 charmingly cheeriest cherisher cherishes compassionate confident congratulate courage cutesiest
    2.2 cuties darlings dearie devotionally dignified energise energises enjoy enjoyer enjoyers enlightened
    2.2 enthusiastic excelled excitement exciting fascination favorableness festival festively festivity
    2.2 friend friendlies friendly funner glorifies gracefuller gracefulness gratefulness hagd hagn hand
    2.2 handsome heroisms heroizes honesty honor honorability honorableness honorifically honoured honours
    2.2 hugs innovate inspired inspirer intellectualism invincible jollification joys kinder kindly kmuf
    2.2 laughing laughs laughter laughters lovelies merriness merrymaker merrymaking motivating nh nicest
    2.2 optimize passions peaceful peacetime perfectivity positivenesses praised preciously pretty prouder
    2.2 reinvigoration relaxed relaxing respecting rewarded richness romanced romanticism safely save
    2.2 splendorous splendour splendours splendrous strength strengthening succeed succeeding succeeds
    2.2 successfully sunshine superiorly supremest sweetie sweetness sweets triumphed trustiest trusty
    2.2 virtuosic wealth wealthier wealthiest
    2.3 admired admiringly adventuring amoroso amorously appreciated appreciates appreciation beautify
    2.3 beautifying beloved beneficent bl bravely bravest brilliancies cheer cheered cheering cherished
    2.3 cleverly cleverness comfortable complimenting confidence courageously courteous cuteness cuter
    2.3 darlingness dauntless delighted delightsome divinize earnest ecstasies ecstatic encourage energized
    2.3 enjoyed enjoys enlighten enlightening enterprising entertainments ethical excitedly flawless free
    2.3 fun funned generosity generous glamorous glorified glorifier gorgeously graciously gratifying
    2.3 gratitude heaven heavenlinesses helpfully heroes honest honorees honoring honors hooray hopeful
    2.3 humorously impressive inspirational inspirationally intellectual iyq jolly jollying joyance kfy
    2.3 kindnesses kisses kudos laughingly liberties luckily magnific magnificences muah passionateness
    2.3 perfecting pleasant pleasantness pleasantnesses pleasured positiveness positiver positivity prize
    2.3 prizewinner reinvigorate rescue revered smilingly splendidness strong sunnier supremeness supremer
    2.3 survived swak sympathetic talented tgif tia tops triumphantly triumphing trust trustable
    2.3 trustworthily valuably vip winningly woohoo xoxozzz
    2.4 admirability adoringly affection awardable beauties beautifications beneficially brave braver
    2.4 champions charmingest cheerly congrats courageous creditworthy delightedly encouraging enjoying
    2.4 entertains excellencies fabulous fascinate fav festiveness gain generousness glamorizer glamorizes
    2.4 glamour gloried glorifying gracefully graciousness grandest grandeur handsomeness happier heroically
    2.4 heroics honorably humorousness hurrahing hurrays ideal inspiration jollied jollier joyfuller justice
    2.4 kind liberty lovers magnifical magnifically magnificence merrily merriment merrymakings optimist
    2.4 passionate passionately peacefully peacemakers pleasing pleasurable pleasurableness positively
    2.4 positives praises praiseworthiness prized prizewinners profitableness relaxation respectability
    2.4 rewarding rewardingly richer riches richest sexy sgtm sunniest triumphant vibrant virtuous visionary
    2.4 wealthiness winning wisdom worshiped yay yummy
    2.5 aas admirably admiration adorableness amaze amazement award beauteous blessings bonus brightening
    2.5 bwahahah cheerful cheerily cheeriness excellences excellency excelling excels fascinating fondness
    2.5 fwb gla glory heartfelt honorable impressing jolliness joyfully joying lmfao loyalty masterpieces
    2.5 merry mwah optimism peace perfections praising roflmao rotflmfao smiled superior treasurable tyvm
    2.5 welldoer winnings wowing ywia
    2.6 admirable adore adoring appreciative appreciator beauteously beautifulest beautifulness blesser
    2.6 blesses bonuses brilliancy cheerier cheery cleverest dearest delighters divine enjoyment
    2.6 enthusiastically fantastic friendliest funniest gallantry generosities gloriousness gracious hahaha
    2.6 handsomest happily happiness hero heroic hurrah inspiringly laugh ly lylas mirth pleasantest
    2.6 pleasurably positive positivities praise praiseworthy proudest proudly ptl remarkable rich romance
    2.6 rotfl securest sophisticated splendiferous successes supreme treasured trustworthy vwd wowed
    2.7 aayf beauteousness beautifully benevolent bliss celebrate celebrated celebrates celebrating
    2.7 delicious delightfully divinest divinity excellent glorify happy heavenliest heavenliness heroine
    2.7 honour hurray iluaaf inspire jollily joyfulness kissing lmso lolz loves lovingness lylab merriest
    2.7 mirthful overjoyed perfect perfected perfection pleasure precious prettiest reward rofl
    2.7 romanticising sfete splendent success successfulness supremely tenderheartedly thankful
    2.7 warmheartedness wd wins won wonderful worshipped xd
    2.8 alol amazing beauty beneficence blessedest brilliant charming cutest darling delectably delightful
    2.8 ecstatically exhilarates exuberant fabulousness godsend gracefullest heroism honored joy joyousness
    2.8 lifesaver lovely lover loverly miracle muah pleasuring pukka rejoicing rotflmao sete splendid
    2.8 successful sweethearts tenderheartednesses win winner wow xd
    2.9 adoration ambw beautiful bff blessed blissful blockbuster brilliance brilliances champion
    2.9 congratulation congratulations delectable delight divinely ecstasy ecstatics funnest gleeful
    2.9 gloriously gorgeousness heroical jolliest joyed joyful joyously lmao lol loved loving luckiest
    2.9 magnificent marvelous positivest rotgl soulmate super wonderfully wonderfulness
    3 amor brightest brilliantly enrapture exhilarated exultant gorgeous hallelujah heavenlier heavenly
    3 honestest jubilant lovable lyb outstanding perfectness prizewinning rotflol smartest splendor xlnt
    3 xoxo
    3.1 awesome excellence excellently great joyous lyl masterpiece peacefullest perfectest superb vbs
    3.2 best cheerfullest elated euphoric freedom glee glorious greatest happiest heart love lovingly
    3.2 paradise perfectly
    3.3 ecstacy euphoria hearts lya sweetheart
    3.4 aml ilu ily magnificently
    """
}

extension Tongue {
  static let english = Tongue(
    lines: EnglishWords.lines + """

      -3.0 unacceptable scammers ripoff rip_off wtf disgraceful
      -2.6 rob_me rob_us rob_people
      -2.2 useless incompetent lawyer unprofessional unusable
      -1.4 broken defective waiting overcharged delayed unanswered
      0 good_morning good_afternoon good_evening good_day
      """,
    negations: """
      not no never none nothing without dont doesnt didnt isnt wasnt arent cant cannot couldnt wont wouldnt shouldnt havent hasnt
      hadnt aint neither nor
      """,
    intensifiers: """
      very so really extremely absolutely totally completely incredibly utterly truly such highly fucking damn most
      """,
    turns: "but however although")
}
